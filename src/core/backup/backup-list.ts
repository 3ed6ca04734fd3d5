import { canonical, type Canonical } from '../canonical.ts'
import { fail } from '../errors.ts'
import { defaultEnvironment, unitName } from '../manifest/environment.ts'
import type { Shape } from '../shape.ts'
import { count, list, nullable, parseJson, shape, text } from '../shape.ts'
import { shapes } from './contents.ts'
import { damages, type Damage } from './damage.ts'

/** backups/list.json: what was made from this clone and is still to be there. Under a MAC from the project key. */
export interface BackupList {
  readonly format: 1
  readonly project: string
  readonly environment: string
  /** Oldest first. */
  readonly backups: readonly ListedBackup[]
  /** The last that was made, though it may be pruned since; null before the first. */
  readonly last: { readonly number: number; readonly digest: string } | null
  readonly drill: Drill | null
  /** What the last look at each place found wrong. */
  readonly damage: readonly Damage[]
}

export interface ListedBackup {
  readonly name: string
  readonly number: number
  /** ISO time in UTC. */
  readonly made: string
  readonly size: number
  /** SHA-256 of the archive, hex. */
  readonly digest: string
  /** When it was last read and decrypted from end to end; null: never. */
  readonly verified: string | null
  /** Hosts that were given a copy. */
  readonly copies: readonly string[]
}

/** The last restore that was rehearsed. */
export interface Drill {
  readonly at: string
  readonly name: string
  readonly milliseconds: number
}

export const emptyList = (project: string, environment: string): BackupList => ({
  format: 1,
  project,
  environment,
  backups: [],
  last: null,
  drill: null,
  damage: [],
})

/** `shop-20261123T003512Z-0007.backup`, `shop-E-staging-…`. */
export const archiveName = (
  owner: { readonly project: string; readonly environment: string },
  made: string,
  number: number,
): string => `${unitName(owner)}-${made.replace(/[-:]/g, '')}-${String(number).padStart(4, '0')}.backup`

/** Is this what an archive of this environment is called? */
export const isArchiveName = (
  owner: { readonly project: string; readonly environment: string },
  name: string,
): boolean => {
  const prefix = `${unitName(owner)}-`
  return name.startsWith(prefix) && /^\d{8}T\d{6}Z-\d{4,10}\.backup$/.test(name.slice(prefix.length))
}

export const listName = (environment: string): string =>
  environment === defaultEnvironment ? 'list.json' : `list-${environment}.json`

const formatOne: Shape<1> = (value, at) => {
  if (value === 1) return 1
  throw fail('CONFLICT', 'the list of backups was written by a newer lockstep', { at, hint: 'update lockstep here' })
}

const { hex, isoTime, name } = shapes

const archive: Shape<string> = (value, at) => {
  const found = text(value, at)
  if (/^[a-z0-9][a-z0-9_-]*-\d{8}T\d{6}Z-\d{4,10}\.backup$/.test(found)) return found
  throw fail('TAMPERED', 'expected the name of a backup', { at })
}

const sealed = shape<BackupList & { readonly mac: string }>({
  format: formatOne,
  project: name,
  environment: name,
  backups: list(
    shape<ListedBackup>({
      name: archive,
      number: count,
      made: isoTime,
      size: count,
      digest: hex,
      verified: nullable(isoTime),
      copies: list(text),
    }),
  ),
  last: nullable(shape({ number: count, digest: hex })),
  drill: nullable(shape<Drill>({ at: isoTime, name: text, milliseconds: count })),
  damage: damages,
  mac: hex,
})

/** The MAC is the caller's to check. @throws TAMPERED; CONFLICT */
export const parseList = (source: string, at: string): { readonly list: BackupList; readonly mac: string } => {
  const { mac, ...found } = parseJson(source, sealed, at)
  return { list: found, mac }
}

/** What the MAC is computed over. */
export const listInput = (value: BackupList): string => canonical(plain(value))

export const printList = (value: BackupList, mac: string): string => `${JSON.stringify({ ...value, mac }, null, 1)}\n`

// null does not exist in canonical documents: absent says the same
const plain = ({ backups, last, drill, damage: found, ...rest }: BackupList): Canonical => ({
  ...rest,
  backups: backups.map(({ verified, ...one }) => ({ ...one, ...(verified === null ? {} : { verified }) })),
  ...(last === null ? {} : { last }),
  ...(drill === null ? {} : { drill: { ...drill } }),
  ...(found.length === 0
    ? {}
    : { damage: found.map(({ host, ...one }) => ({ ...one, ...(host === null ? {} : { host }) })) }),
})

/** The newest by number; null where there is none. */
export const newestOf = (found: BackupList): ListedBackup | null =>
  found.backups.reduce<ListedBackup | null>(
    (best, one) => (best === null || one.number > best.number ? one : best),
    null,
  )

/** Hosts that were given copies of these. */
export const holdersIn = (backups: readonly ListedBackup[]): readonly string[] => [
  ...new Set(backups.flatMap(({ copies }) => copies)),
]
