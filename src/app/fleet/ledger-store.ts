import { fail, hasCode } from '../../core/errors.ts'
import { emptyLedger, parseLedger, printLedger, type Ledger } from '../../core/fleet/ledger.ts'
import { byAge, newestLedger, type CachedLedger } from '../../core/fleet/newest-ledger.ts'
import type { Files, Ports, Random } from '../../core/ports.ts'
import { Secret } from '../../core/secret.ts'
import { integer, list, parseJson, shape, text } from '../../core/shape.ts'
import { openVault, sealVault } from '../../crypto/ansible-vault.ts'
import { deriveKey, keyedHash } from '../../crypto/derive.ts'
import type { ProjectKeys } from '../../crypto/fingerprint.ts'
import type { FleetProject } from './fleet-project.ts'

/** The ledger's file is an ansible-vault file under a password derived from the project key: it survives `rekey`, and
 *  a host that keeps it cannot read it. */
export const sealLedger = (project: FleetProject, ledger: Ledger, random: Random): Promise<Uint8Array> =>
  sealVault(new TextEncoder().encode(printLedger(ledger)), passwordOf(project.keys), {
    label: 'lockstep-ledger',
    random,
  })

/** What finds and opens the copy that is here. */
export type LedgerPlace = Pick<FleetProject, 'manifest' | 'environment' | 'keys' | 'state'>

interface Opening {
  readonly project: LedgerPlace
  /** The project's keys, or those before them. */
  readonly keys: ProjectKeys
}

const openLedger = async ({ project, keys }: Opening, sealed: Uint8Array, at: string): Promise<Ledger> => {
  const { plaintext } = await openVault(sealed, passwordOf(keys), { at })
  const ledger = parseLedger(new TextDecoder().decode(plaintext), at)
  if (ledger.project === project.manifest.project && ledger.environment === project.environment) return ledger
  throw fail('TAMPERED', 'the ledger is that of another project', {
    at,
    hint: 'two projects share this directory: give one a `directory:` of its own in lockstep.yaml',
  })
}

const passwordOf = (keys: ProjectKeys): Secret => new Secret(Buffer.from(keys.ledger).toString('base64url'))

const cachePath = (project: LedgerPlace): string => `${project.state}/ledger-${project.environment}.vault`

export interface FoundLedger {
  readonly ledger: Ledger
  /** False: no copy came from anywhere, `ledger` is an empty one. */
  readonly isKnown: boolean
  /** A copy came from a host, not from here alone. */
  readonly isReached: boolean
  /** Every copy on the hosts is older than the one we have seen. */
  readonly isRolledBack: boolean
  /** Hosts whose copy could not be opened. */
  readonly unreadable: readonly string[]
  /** Hosts that have the newest copy. */
  readonly upToDate: readonly string[]
}

/** The newest of the copies on hosts (by host name, sealed) and of our own, which is brought up to it.
 *  A copy that does not open is named and passed over; when none opens and we have no own copy, that is TAMPERED. */
export const readLedger = async (
  { files, random }: Pick<Ports, 'files' | 'random'>,
  project: FleetProject,
  copies: ReadonlyMap<string, string>,
  { remember = true }: { readonly remember?: boolean } = {},
): Promise<FoundLedger> => {
  const cached = await readCache(files, project)
  const current = await openCopies({ project, keys: project.keys }, copies, cached?.own)
  // of a former key only where nothing is of this one: whoever has left could have made it
  const opened = current.size > 0 ? current : await openFormer(project, copies)
  const unreadable = [...copies.keys()].filter((host) => !opened.has(host))
  const spoiled = unreadable.filter((host) => copies.get(host) !== '')
  if (opened.size === 0 && spoiled.length > 0 && cached === null) {
    throw fail('TAMPERED', `no copy of the fleet's ledger opens with this project's key: ${spoiled.join(', ')}`, {
      hint: 'is this the right clone? git pull, and see that secrets/fingerprint-key is the team’s; where the copies are damaged: remove ledger/ledger.vault there, then --without-ledger',
    })
  }
  const { ledger, isRolledBack } = newestLedger(opened, cached)
  const upToDate = [...current].flatMap(([host, one]) => (ledger !== null && isAsNew(one, ledger) ? [host] : []))
  const isNews = cached === null || (ledger !== null && byAge(ledger, cached.ledger) > 0)
  if (remember && ledger !== null && upToDate.length > 0 && isNews) {
    await rememberLedger(files, project, {
      sealed: await sealLedger(project, ledger, random),
      ledger,
      holders: upToDate,
    })
  }
  const found = ledger ?? emptyLedger(project.manifest.project, project.environment)
  const isReached = opened.size > 0
  return { ledger: found, isKnown: ledger !== null, isReached, isRolledBack, unreadable, upToDate }
}

const isAsNew = (one: Ledger, newest: Ledger): boolean =>
  one.revision === newest.revision && (one.writes ?? 0) === (newest.writes ?? 0)

/** A clone that has only looked knows the ledger too, when the hosts that keep it are down. */
const rememberLedger = async (
  files: Files,
  project: FleetProject,
  seen: { readonly sealed: Uint8Array; readonly ledger: Ledger; readonly holders: readonly string[] },
): Promise<void> => {
  try {
    await cacheLedger(files, project, seen.sealed)
    await cacheHolders(files, project, seen.ledger.revision, seen.holders)
  } catch (error) {
    // a project on a full or read-only disk can still be looked at
    if (!hasCode(error, 'UNAVAILABLE')) throw error
  }
}

/** Those that open, by host. Copies are mostly the same bytes, on hosts and here (`known`: opened with these keys
 *  already), and each text is opened once. */
const openCopies = async (
  opening: Opening,
  copies: ReadonlyMap<string, string>,
  known: ReadonlyMap<string, Ledger> = new Map(),
): Promise<Map<string, Ledger>> => {
  const opened = new Map<string, Ledger>()
  const seen = new Map<string, Ledger | null>(known)
  for (const [host, sealed] of copies) {
    const ledger = seen.has(sealed) ? (seen.get(sealed) ?? null) : await tryOpen(opening, sealed, host)
    seen.set(sealed, ledger)
    if (ledger !== null) opened.set(host, ledger)
  }
  return opened
}

const openFormer = async (
  project: LedgerPlace,
  copies: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, Ledger>> => {
  for (const keys of project.keys.former) {
    const opened = await openCopies({ project, keys }, copies)
    if (opened.size > 0) return opened
  }
  return new Map()
}

const tryOpen = async (opening: Opening, sealed: string, host: string): Promise<Ledger | null> => {
  try {
    return await openLedger(opening, new TextEncoder().encode(sealed), `${host}: ledger`)
  } catch (error) {
    if (hasCode(error, 'TAMPERED')) return null
    throw error
  }
}

/** What we last saw of it, unchecked against any host; null: nothing yet. */
export const seenLedger = async ({ files }: Pick<Ports, 'files'>, project: LedgerPlace): Promise<Ledger | null> =>
  (await readCache(files, project))?.ledger ?? null

interface OpenedCache extends CachedLedger {
  /** By its sealed text, where it opened with the keys in force. */
  readonly own: ReadonlyMap<string, Ledger>
}

const readCache = async (files: Files, project: LedgerPlace): Promise<OpenedCache | null> => {
  const bytes = await files.read(cachePath(project))
  if (bytes === null) return null
  const sealed = new TextDecoder().decode(bytes)
  const copies = new Map([['cache', sealed]])
  const current = (await openCopies({ project, keys: project.keys }, copies)).get('cache')
  const ledger = current ?? (await openFormer(project, copies)).get('cache')
  if (ledger === undefined) return null
  const own = new Map(current === undefined ? [] : [[sealed, current]])
  return { ledger, own, seen: (await readHolders(files, project)) ?? { revision: 0, hosts: [] } }
}

/** Keeps what is on the hosts here as well: it tells us when somebody puts an older one back. */
export const cacheLedger = async (files: Files, project: FleetProject, sealed: Uint8Array): Promise<void> => {
  await files.makeDirectory(project.state)
  await files.write(cachePath(project), sealed)
}

const holdersPath = (project: LedgerPlace): string => `${project.state}/ledger-${project.environment}.hosts`

const holders = shape({ revision: integer, hosts: list(text), mac: text })

/** Null for one that nobody with the project key wrote: it came with the files, and would have us take every copy on
 *  the hosts for an older one. */
const readHolders = async (files: Files, project: LedgerPlace): Promise<CachedLedger['seen'] | null> => {
  const noted = await files.read(holdersPath(project), { max: 64 * 1024 })
  if (noted === null) return null
  try {
    const { mac, ...seen } = parseJson(new TextDecoder().decode(noted), holders, 'cache')
    const keys = [project.keys, ...project.keys.former]
    return keys.some((one) => new Secret(mac).equals(new Secret(macOf(one, project, seen)))) ? seen : null
  } catch (error) {
    if (hasCode(error, 'TAMPERED')) return null
    throw error
  }
}

const macOf = (keys: ProjectKeys, project: LedgerPlace, { revision, hosts }: CachedLedger['seen']): string => {
  const said = JSON.stringify([project.environment, revision, hosts])
  return Buffer.from(keyedHash(deriveKey(keys.ledger, 'lockstep/holders'), Buffer.from(said))).toString('hex')
}

/** Remembers which hosts have the ledger of this revision. */
export const cacheHolders = (
  files: Files,
  project: FleetProject,
  revision: number,
  hosts: readonly string[],
): Promise<void> =>
  files.write(
    holdersPath(project),
    new TextEncoder().encode(
      `${JSON.stringify({ revision, hosts, mac: macOf(project.keys, project, { revision, hosts }) })}\n`,
    ),
  )
