import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..', '..')

/** Builds with `script` unless what it makes is newer than everything it is made of; gives its path. */
const upToDate = (script: string, made: string): string => {
  const path = join(root, made)
  const builtAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (newestSource() < builtAt) return path
  const done = spawnSync(process.execPath, [join(root, 'scripts', script)], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${script} failed\n${done.stdout}${done.stderr}`)
  return path
}

const newestSource = (): number =>
  Math.max(
    ...['src', 'scripts'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => statSync(join(root, folder, name)).mtimeMs),
    ),
    statSync(join(root, 'package.json')).mtimeMs,
  )

export const builtProgram = (): string => upToDate('build.ts', 'dist/program/bin.js')

export const builtExecutable = (): string => upToDate('build-executable.ts', 'build/lockstep')
