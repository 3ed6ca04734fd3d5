import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, runProgram } from './rivals.ts'

export const launcher: string = join(root, 'bin', 'lockstep')
export const executable: string = join(root, 'build', 'lockstep')

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
export const makeProject = (directory: string, secrets: readonly (readonly [string, string])[]): void => {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'bench.env'), dotenvText(secrets), { mode: 0o600 })
  runProgram(launcher, ['init', '--quiet'], { cwd: directory })
  runProgram(launcher, ['import', 'bench.env', '--quiet', '--remove-source'], { cwd: directory })
}
