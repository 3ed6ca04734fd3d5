import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import about from '../../package.json' with { type: 'json' }

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

export const builtProgram = (): string => upToDate('build.ts', 'dist/program/bin.cjs')

/** The built package in a directory of its own, with what package.json says belongs to it and nothing else: no sources,
 *  no packages beside it. Gives the path of its launcher. */
export const installedProgram = (): string => {
  builtProgram()
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-installed-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  const { files }: { readonly files: readonly string[] } = about
  for (const name of [...files, 'package.json'].filter((path) => existsSync(join(root, path)))) {
    cpSync(join(root, name), join(directory, name), { recursive: true })
  }
  mkdirSync(join(directory, 'node_modules', '.bin'), { recursive: true })
  symlinkSync(process.execPath, join(directory, 'node_modules', '.bin', 'node'))
  return join(directory, 'bin', 'lockstep')
}

export const builtExecutable = (): string => upToDate('build-executable.ts', 'build/lockstep')
