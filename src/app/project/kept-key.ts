import { parseGroupPath } from '../../core/secrets/metadata.ts'
import type { OpenedVault } from '../../crypto/ansible-vault.ts'
import { sha256 } from '../../crypto/derive.ts'
import { engine } from '../../crypto/engine.ts'
import { keepCached, readCached, type CachePorts } from './cache.ts'
import { cachePath } from './state-path.ts'
import type { Project } from './project.ts'

/** The project key once more, each copy sealed under a key out of a group file's own (docs/decisions/012-kept-key.md):
 *  who opens that file has the project key too, without a derivation for it alone. */
export interface KeptKey {
  /** A copy for the sealed key as it is now, and the group file that opens it: `wanted`, or any where that is null. */
  find(sealedKey: Uint8Array, wanted: string | null): Promise<KeptCopy | null>
  /** Adds a copy for one group file, once its password and the metadata have proved right. */
  keep(sealedKey: Uint8Array, key: Uint8Array, group: { readonly path: string } & SealedGroup): Promise<void>
}

export interface KeptCopy {
  readonly path: string
  /** Null when this is not the file that it was made for. */
  open(group: SealedGroup): Promise<Uint8Array | null>
}

export interface SealedGroup extends Pick<OpenedVault, 'subkey'> {
  /** The encrypted file. */
  readonly bytes: Uint8Array
}

export const keptKey = (ports: CachePorts, project: Project): KeptKey => {
  const place = cachePath(ports, 'key', project)
  const known = async (): Promise<readonly Line[]> => linesOf(await readCached(ports, place))
  const isOf = async (line: Line, sealedKey: Uint8Array): Promise<boolean> => {
    const bytes = await ports.files.read(`${project.paths.secrets}/${line.path}`, { under: project.root })
    return bytes !== null && line.pair === pairOf(sealedKey, bytes)
  }
  return {
    find: async (sealedKey, wanted) => {
      for (const line of await known()) {
        if (wanted !== null && line.path !== wanted) continue
        if (await isOf(line, sealedKey)) return { path: line.path, open: (group) => opened(line, sealedKey, group) }
      }
      return null
    },
    keep: async (sealedKey, key, { path, ...group }) => {
      const pair = pairOf(sealedKey, group.bytes)
      const sealed = Buffer.from(await engine.seal(keysOf(group, pair), key)).toString('base64')
      const others = (await known()).filter((line) => line.path !== path)
      const lines = [...others, { path, pair, sealed }].map((line) => `${line.path} ${line.pair} ${line.sealed}\n`)
      await keepCached(ports, place, lines.join(''))
    },
  }
}

interface Line {
  readonly path: string
  readonly pair: string
  readonly sealed: string
}

const linesOf = (text: string | null): readonly Line[] =>
  (text ?? '').split('\n').flatMap((line) => {
    const [path = '', pair = '', sealed = ''] = line.split(' ')
    return parseGroupPath(path) === null ? [] : [{ path, pair, sealed }]
  })

const opened = async (line: Line, sealedKey: Uint8Array, group: SealedGroup): Promise<Uint8Array | null> => {
  if (pairOf(sealedKey, group.bytes) !== line.pair) return null
  return engine.open(keysOf(group, line.pair), Buffer.from(line.sealed, 'base64'))
}

/** Which two files these are, byte for byte. */
const pairOf = (sealedKey: Uint8Array, group: Uint8Array): string => sha256(`${sha256(sealedKey)} ${sha256(group)}`)

/** One key for one pair of files under one password, which always seals the same: so the nonce may be a constant. */
const keysOf = ({ subkey }: SealedGroup, pair: string): Parameters<typeof engine.seal>[0] => ({
  key: subkey(`lockstep/kept-key/${pair}`),
  nonce: new Uint8Array(12),
  additional: new Uint8Array(),
})
