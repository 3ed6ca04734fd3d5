import { fail } from '../../core/errors.ts'

/** What is in `secrets/fingerprint-key`: 32 random bytes, and those that were in force before them, newest first. */
export interface ProjectKey {
  readonly root: Uint8Array
  /** What hosts and other clones have may still be sealed or fingerprinted under these. */
  readonly former: readonly Uint8Array[]
}

const mostFormer = 3

/** One line of base64 for each key. @throws TAMPERED */
export const parseProjectKey = (text: string, at: string): ProjectKey => {
  const [root, ...former] = text
    .trim()
    .split('\n')
    .map((line) => new Uint8Array(Buffer.from(line, 'base64')))
  if (root === undefined || [root, ...former].some((key) => key.length !== 32)) {
    throw fail('TAMPERED', 'does not hold a key', { at, hint: `git checkout -- ${at}` })
  }
  return { root, former }
}

export const printProjectKey = ({ root, former }: ProjectKey): string =>
  [root, ...former].map((key) => `${Buffer.from(key).toString('base64')}\n`).join('')

/** A new key in force; the one before is kept, as the fleet does not know of it yet. */
export const renewed = ({ root, former }: ProjectKey, fresh: Uint8Array): ProjectKey => ({
  root: fresh,
  former: [root, ...former].slice(0, mostFormer),
})
