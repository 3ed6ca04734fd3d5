/** Opening one ansible-vault file: in process against the bare key derivation that the format demands, and against the
 *  program that everybody has. */
import { pbkdf2, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '../src/core/secret.ts'
import { inProcess, type Contender, type Figure, type Prepared, type Subject } from './compare.ts'
import { buildAll } from './project.ts'
import { ansibleVault, timeProgram } from './rivals.ts'

const sizes = [
  ['4 KB', 4096],
  ['1 MB', 1024 * 1024],
] as const

export const derivation: Contender = {
  name: 'bare PBKDF2',
  work: inProcess(
    () =>
      new Promise((resolve, reject) => {
        pbkdf2('password', 'a salt of thirty-two bytes size.', 10_000, 80, 'sha256', (error) =>
          error === null ? resolve() : reject(error),
        )
      }),
  ),
}

const prepare = async (): Promise<Prepared> => {
  const { openVault, sealVault } = await import('../src/crypto/ansible-vault.ts')
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-bench-'))
  const passwordFile = join(directory, 'password')
  const password = new Secret(randomBytes(32).toString('base64url'))
  writeFileSync(passwordFile, password.bytes(), { mode: 0o600 })
  const { launcher } = buildAll()
  const reference = ansibleVault()
  const figures: Figure[] = []
  for (const [name, size] of sizes) {
    const random = { bytes: (count: number) => new Uint8Array(randomBytes(count)) }
    const sealed = await sealVault(new Uint8Array(randomBytes(size)), password, { random })
    const file = join(directory, `${size}.vault`)
    writeFileSync(file, sealed)
    const open = { name: 'openVault', work: inProcess(async () => void (await openVault(sealed, password))) }
    const promise = size === 4096 ? 'at least 0.87x' : '25 ms at most'
    figures.push({ name: `decrypt ${name} in process`, ours: open, rivals: [derivation], promise })
    if (reference === null) continue
    const view: Contender = {
      name: 'ansible-vault view',
      work: () => timeProgram(reference, ['view', '--vault-password-file', passwordFile, file]),
    }
    const ours: Contender = {
      name: 'lockstep view (Node)',
      work: () => timeProgram(launcher, ['view', file, '--password-file', passwordFile]),
    }
    figures.push({ name: `view ${name}`, ours, rivals: [view], rounds: 9, promise: '4x' })
  }
  return {
    figures,
    missing: reference === null ? ['ansible-vault: pip could not install it'] : [],
    clean: async () => rmSync(directory, { recursive: true }),
  }
}

export const decrypt: Subject = { name: 'decrypt', prepare }
