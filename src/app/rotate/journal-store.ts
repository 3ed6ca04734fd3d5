import { SecretsError, fail, hasCode } from '../../core/errors.ts'
import type { HostChannel } from '../../core/fleet/fleet.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import type { Ports } from '../../core/ports.ts'
import type { FleetProject } from '../fleet/fleet-project.ts'
import type { FleetTruth } from '../fleet/fleet-truth.ts'
import { recordHost, type RunIdentity } from '../fleet/host-steps.ts'
import { cacheHolders, cacheLedger, sealLedger, seenLedger } from '../fleet/ledger-store.ts'

/** The ledger while a rotation works on it: here and on the hosts that keep it, which this run holds meanwhile. */
export interface Journal {
  ledger(): Ledger
  /** The change is on the fleet when this returns: at least on half of the hosts that keep the ledger. Changes that come
   *  together are written together.
   *  @throws CONFLICT where another run has taken a host over; UNAVAILABLE where too few answer: nothing more may be done */
  write(change: (ledger: Ledger) => Ledger): Promise<void>
  /** Takes over what a delivery of this run has written meanwhile. */
  afterDelivery(): Promise<void>
  /** Lets go of the hosts; what is written last comes with it. */
  release(): Promise<void>
}

export interface JournalInput {
  readonly ports: Pick<Ports, 'files' | 'random'>
  readonly project: FleetProject
  readonly truth: FleetTruth
  readonly who: RunIdentity
  readonly channels: ReadonlyMap<string, HostChannel>
  /** By host: the dead run whose lease is taken over. */
  readonly over: ReadonlyMap<string, string>
}

export const makeJournal = (input: JournalInput, start: Ledger): Journal => {
  let ledger = start
  let last: Promise<void> = Promise.resolve()
  let next: Promise<void> | null = null
  let isHeld = false

  const flush = async (release: boolean): Promise<void> => {
    const { ports, project } = input
    const current = ledger
    const sealed = await sealLedger(project, current, ports.random)
    await cacheLedger(ports.files, project, sealed)
    const holders = await recordEverywhere(input, current, { sealed, release, isHeld })
    isHeld = !release
    await cacheHolders(ports.files, project, current.revision, holders)
  }

  const write = (change: (ledger: Ledger) => Ledger): Promise<void> => {
    const changed = change(ledger)
    ledger = { ...changed, writes: (changed.writes ?? 0) + 1 }
    // whoever comes before the one that waits has begun travels with it
    next ??= last = last.then(() => {
      next = null
      return flush(false)
    })
    return next
  }

  return {
    ledger: () => ledger,
    write,
    afterDelivery: async () => {
      ledger = (await seenLedger(input.ports, input.project)) ?? ledger
    },
    release: async () => {
      if (isHeld) await flush(true)
    },
  }
}

interface Written {
  readonly sealed: Uint8Array
  readonly release: boolean
  /** This run has the hosts already. */
  readonly isHeld: boolean
}

/** Names of the hosts that have it. */
const recordEverywhere = async (
  { project, truth, who, channels, over }: JournalInput,
  { revision }: Ledger,
  { sealed, release, isHeld }: Written,
): Promise<readonly string[]> => {
  const keepers = truth.keepers().flatMap((host) => {
    const [channel, identity] = [channels.get(host), truth.facts(host)?.identity ?? null]
    return channel === undefined || identity === null ? [] : [{ host, channel, identity }]
  })
  const record = async ({ host, channel, identity }: (typeof keepers)[number]): Promise<string> => {
    const { directory } = truth.desired(host)
    const { environment } = project
    const own = { project: project.manifest.project, environment, host, id: identity.id }
    const target = { directory, identity: own, run: who.run, revision }
    await recordHost(channel, target, sealed, { holder: who.holder, over: over.get(host) ?? null, release })
    return host
  }
  const sorted = keepers.toSorted((a, b) => (a.host < b.host ? -1 : 1))
  const written = isHeld ? await Promise.allSettled(keepers.map(record)) : await oneFirst(sorted, record)
  const lost = written.flatMap((one) => (one.status === 'rejected' ? [asOurs(one.reason)] : []))
  const taken = lost.find((error) => hasCode(error, 'CONFLICT'))
  if (taken !== undefined) throw taken
  const holders = written.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const needed = Math.ceil(truth.keepers().length / 2)
  if (holders.length >= needed) return holders
  throw fail('UNAVAILABLE', `the ledger could be written on ${holders.length} of ${truth.keepers().length} hosts`, {
    at: truth.keepers().join(', '),
    hint: 'nothing more is done; when they answer: lockstep rotate --resume',
    cause: lost[0],
  })
}

/** Runs that begin at the same time ask the same host first: one of them has it, and the others have nothing at all. Side
 *  by side each could take a host that the other needs. */
const oneFirst = async <T>(
  keepers: readonly T[],
  record: (keeper: T) => Promise<string>,
): Promise<readonly PromiseSettledResult<string>[]> => {
  const asked: PromiseSettledResult<string>[] = []
  for (const [index, keeper] of keepers.entries()) {
    const all = await Promise.allSettled([record(keeper)])
    asked.push(...all)
    const isTaken = all.some((one) => one.status === 'rejected' && hasCode(one.reason, 'CONFLICT'))
    if (isTaken) return asked
    if (all.some(({ status }) => status === 'fulfilled')) {
      return [...asked, ...(await Promise.allSettled(keepers.slice(index + 1).map(record)))]
    }
  }
  return asked
}

const asOurs = (error: unknown): SecretsError => {
  if (error instanceof SecretsError) return error
  throw error
}
