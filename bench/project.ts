import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, runProgram } from './rivals.ts'

/** Both of ours as they are now. The Node build is a copy as it is installed, without sources beside it: an edit in
 *  the middle of a run must not make the launcher fall back to them. */
export const buildAll = (): { readonly launcher: string; readonly executable: string; readonly library: string } => {
  for (const script of ['build.ts', 'build-executable.ts']) {
    runProgram(process.execPath, [join(root, 'scripts', script)])
  }
  const installed = join(root, 'build', 'bench', 'installed')
  rmSync(installed, { recursive: true, force: true })
  mkdirSync(join(installed, 'node_modules', '.bin'), { recursive: true })
  for (const path of ['bin', 'dist', 'package.json'])
    cpSync(join(root, path), join(installed, path), { recursive: true })
  symlinkSync(process.execPath, join(installed, 'node_modules', '.bin', 'node'))
  cpSync(join(root, 'build', 'lockstep'), join(installed, 'lockstep'))
  return {
    launcher: join(installed, 'bin', 'lockstep'),
    executable: join(installed, 'lockstep'),
    library: join(installed, 'dist', 'index.js'),
  }
}

/** Names and values of `count` made-up secrets. */
export const madeUp = (count: number): readonly (readonly [string, string])[] =>
  Array.from({ length: count }, (_, i) => [`SECRET_${i + 1}`, randomBytes(24).toString('base64url')] as const)

export const dotenvText = (secrets: readonly (readonly [string, string])[]): string =>
  secrets.map(([name, value]) => `${name}=${value}\n`).join('')

/** A directory of its own for one contender. */
export const workplace = (): { readonly directory: string; remove(): void } => {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-bench-'))
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) }
}

/** A new project with these secrets in one group. */
export const makeProject = (
  executable: string,
  directory: string,
  secrets: readonly (readonly [string, string])[],
): void => {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'bench.env'), dotenvText(secrets), { mode: 0o600 })
  runProgram(executable, ['init', '--quiet'], { cwd: directory })
  runProgram(executable, ['import', 'bench.env', '--quiet', '--remove-source'], { cwd: directory })
}
