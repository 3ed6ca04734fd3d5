import { SecretsError, fail, hasCode } from '../../core/errors.ts'
import type { HostChannel } from '../../core/fleet/fleet.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import { isMost } from '../../core/fleet/lease.ts'
import type { Ports } from '../../core/ports.ts'
import type { FleetProject } from '../fleet/fleet-project.ts'
import type { FleetTruth } from '../fleet/fleet-truth.ts'
import { recordHost, type HostTarget, type RunIdentity } from '../fleet/host-steps.ts'
import { cacheHolders, cacheLedger, sealLedger } from '../fleet/ledger-store.ts'
import { tooFewKeepers } from './keepers.ts'

/** The ledger while a rotation works on it: here and on the hosts that keep it, which this run holds meanwhile. */
export interface Journal {
  ledger(): Ledger
  /** The change is on the fleet when this returns: on most of the hosts that keep the ledger. Changes that come together
   *  are written together.
   *  @throws CONFLICT where another run has most of them; UNAVAILABLE where too few answer: nothing more may be done */
  write(change: (ledger: Ledger) => Ledger): Promise<void>
  /** This run holds the fleet: says so again there where it has not for a while. Asked before upstream is changed, as
   *  another run may have gone on meanwhile. @throws as `write` */
  hold(): Promise<void>
  /** Takes over what a delivery of this run has written meanwhile; null: nothing. */
  afterDelivery(written: Ledger | null): void
  /** The change travels with what is written next, or as this run lets go: nothing that a run which is cut off before that
   *  would miss. */
  note(change: (ledger: Ledger) => Ledger): void
  /** Lets go of the hosts; what is written last comes with it. */
  release(): Promise<void>
}

export interface JournalInput {
  readonly ports: Pick<Ports, 'files' | 'random' | 'clock'>
  readonly project: FleetProject
  readonly truth: FleetTruth
  readonly who: RunIdentity
  readonly channels: ReadonlyMap<string, HostChannel>
  /** By host: the dead run whose lease is taken over. */
  readonly over: ReadonlyMap<string, string>
  /** As it was found, for hosts that had ours where another run went before. */
  readonly before: Ledger
  /** What to type to do this again, after `lockstep`. */
  readonly verb: string
}

/** Milliseconds; a lease is longer by far. */
const heldFor = 30_000

export const makeJournal = (input: JournalInput, start: Ledger): Journal => {
  let ledger: Ledger = { ...start, atWork: input.who.run }
  let last: Promise<void> = Promise.resolve()
  let next: Promise<void> | null = null
  let isHeld = false
  let isOver = false
  /** When the hosts heard of this run last. */
  let told = 0

  const flush = async (release: boolean): Promise<void> => {
    const { ports, project } = input
    const current = ledger
    const now = ports.clock.now()
    const sealed = await sealLedger(project, current, ports.random)
    if (isHeld) await cacheLedger(ports.files, project, sealed)
    const asked = await recordEverywhere(input, current, { sealed, release, isHeld })
    const holders = asked.flatMap(({ host, problem }) => (problem === null ? [host] : []))
    const refusal = refusalOf(input, asked, isHeld)
    // what no host has heard of is not said here either
    const isAnywhere = isHeld || refusal === null || (await staysAnywhere(input, current, asked, refusal))
    if (!isHeld && isAnywhere) await cacheLedger(ports.files, project, sealed)
    if (refusal !== null) throw refusal
    isHeld = !release
    told = now
    await cacheHolders(ports.files, project, current.revision, holders)
  }

  const write = async (change: (ledger: Ledger) => Ledger): Promise<void> => {
    if (isOver) throw fail('INTERNAL', 'the fleet was let go of, and the journal is written')
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
    hold: async () => {
      // a clock that was set back counts as well
      if (Math.abs(input.ports.clock.now() - told) > heldFor) await write((current) => current)
    },
    afterDelivery: (written) => {
      ledger = written ?? ledger
    },
    note: (change) => {
      ledger = change(ledger)
    },
    release: async () => {
      isOver = true
      if (!isHeld) return
      const { atWork: _, ...rest } = ledger
      ledger = { ...rest, writes: (rest.writes ?? 0) + 1 }
      await flush(true)
    },
  }
}

interface Written {
  readonly sealed: Uint8Array
  readonly release: boolean
  /** This run has the hosts already. */
  readonly isHeld: boolean
}

/** What a keeper answered; no problem: it has it. */
interface Asked {
  readonly host: string
  readonly problem: SecretsError | null
}

const recordEverywhere = async (
  input: JournalInput,
  { revision }: Ledger,
  { sealed, release, isHeld }: Written,
): Promise<readonly Asked[]> => {
  const record = (keeper: Keeper): Promise<Asked> => recordOn(input, keeper, { sealed, release, revision })
  const keepers = keepersOf(input)
  return isHeld ? Promise.all(keepers.map(record)) : oneFirst(keepers, record)
}

interface Keeper {
  readonly channel: HostChannel
  readonly target: Omit<HostTarget, 'revision'>
}

/** Those that can be asked, in the same order for every run. */
const keepersOf = ({ project, truth, who, channels }: JournalInput): readonly Keeper[] =>
  truth
    .keepers()
    .toSorted()
    .flatMap((host) => {
      const [channel, identity] = [channels.get(host), truth.facts(host)?.identity ?? null]
      if (channel === undefined || identity === null) return []
      const own = { project: project.manifest.project, environment: project.environment, host, id: identity.id }
      return [{ channel, target: { directory: truth.desired(host).directory, identity: own, run: who.run } }]
    })

const recordOn = async (
  { who, over }: JournalInput,
  { channel, target }: Keeper,
  { sealed, release, revision }: Omit<Written, 'isHeld'> & { readonly revision: number },
): Promise<Asked> => {
  const host = channel.name
  try {
    const lease = { holder: who.holder, over: over.get(host) ?? null, release }
    await recordHost(channel, { ...target, revision }, sealed, lease)
    return { host, problem: null }
  } catch (error) {
    if (error instanceof SecretsError) return { host, problem: error }
    throw error
  }
}

/** Null: the run goes on. A host that says another run has it counts as lost, while most of them are ours. */
const refusalOf = ({ truth, verb }: JournalInput, asked: readonly Asked[], isHeld: boolean): SecretsError | null => {
  const keepers = truth.keepers()
  const has = asked.filter(({ problem }) => problem === null).map(({ host }) => host)
  if (isMost(has, keepers)) return null
  const taken = asked.find(({ problem }) => problem !== null && hasCode(problem, 'CONFLICT'))
  if (taken?.problem) {
    const { problem, host } = taken
    const wait = problem.hint ?? 'wait for that run, then run this again'
    const hint = `${wait}; where no other run is at it and ${host} is not to be trusted: lockstep ${verb} --abandon-host ${host}`
    return fail('CONFLICT', problem.message, { at: host, hint, cause: problem })
  }
  const lost = keepers.filter((host) => !has.includes(host))
  return tooFewKeepers({ keepers, lost, verb: isHeld || has.length > 0 ? 'rotate --resume' : verb })
}

/** Where another run was first it gets the hosts that this one has after all, as they were. May one of them have this
 *  run's first record for good? */
const staysAnywhere = async (
  input: JournalInput,
  { revision }: Ledger,
  asked: readonly Asked[],
  refusal: SecretsError,
): Promise<boolean> => {
  if (!hasCode(refusal, 'CONFLICT')) return true
  const sealed = await sealLedger(input.project, input.before, input.ports.random)
  const has = asked.filter(({ problem }) => problem === null).map(({ host }) => host)
  const mine = keepersOf(input).filter(({ channel }) => has.includes(channel.name))
  // where that is lost, its lease runs out
  const back = await Promise.all(mine.map((keeper) => recordOn(input, keeper, { sealed, release: true, revision })))
  const isUnsure = asked.some(({ problem }) => problem !== null && !hasCode(problem, 'CONFLICT'))
  return isUnsure || back.some(({ problem }) => problem !== null)
}

/** Runs that begin at the same time ask the same host first: one of them has it, and the others have nothing at all. Side
 *  by side each could take a host that the other needs. */
const oneFirst = async (
  keepers: readonly Keeper[],
  record: (keeper: Keeper) => Promise<Asked>,
): Promise<readonly Asked[]> => {
  const asked: Asked[] = []
  for (const [index, keeper] of keepers.entries()) {
    const one = await record(keeper)
    asked.push(one)
    if (one.problem !== null && hasCode(one.problem, 'CONFLICT')) return asked
    if (one.problem === null) return [...asked, ...(await Promise.all(keepers.slice(index + 1).map(record)))]
  }
  return asked
}
