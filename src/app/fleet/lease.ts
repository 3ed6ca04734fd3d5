import { isoTime } from '../../core/duration.ts'
import { fail } from '../../core/errors.ts'
import type { SecretsError } from '../../core/errors.ts'
import type { HostFacts } from '../../core/fleet/host-facts.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import { isCredible, isHeld, isRun, runAtWork } from '../../core/fleet/lease.ts'
import { shellWord } from '../../core/host-text.ts'
import type { Clock, Machine } from '../../core/ports.ts'
import type { AtWork } from '../../core/rotate/at-work.ts'
import type { FleetProject } from './fleet-project.ts'
import type { FleetTruth } from './fleet-truth.ts'
import { isOurs } from './fleet-truth.ts'

/** Who holds a lease, for people and for the next run: user@machine (pid N). */
export const holderName = (machine: Machine): string => `${machine.user}@${machine.hostname} (pid ${machine.pid})`

interface TakeOver {
  readonly ledger: Ledger
  /** First digits of the run that a person knows to be dead; null: none. */
  readonly named: string | null
}

/** The run whose lease may be taken over: one that the ledger says has ended, one of a process of this very machine
 *  that is no longer there, or the one that was named. Null: none. */
const takeOver = (
  facts: Pick<HostFacts, 'lease'>,
  { machine }: { readonly machine: Machine },
  { ledger, named }: TakeOver,
): string | null => {
  const { lease } = facts
  if (lease === null || lease.run === null || lease.holder === null || !isRun(lease.run)) return null
  const { run } = lease
  // the delivery of a rotation is not its end
  const isOver = ledger.deliveries.some((one) => one.run === run && one.state !== 'open')
  if (isOver && ledger.rotation?.run !== run && ledger.atWork !== run) return run
  // first: a host may say anything of its holder, and a person must be able to go on
  if (named !== null && run.startsWith(named)) return run
  const pid = localProcess(lease.holder, machine)
  return pid === null || machine.isAlive(pid) ? null : run
}

/** Its process id where it ran here, as this user. */
const localProcess = (holder: string, machine: Machine): number | null => {
  const match = /^(.*)@(.*) \(pid (\d+)\)$/.exec(holder)
  return match !== null && match[1] === machine.user && match[2] === machine.hostname ? Number(match[3]) : null
}

/** What `--take-over` was given. @throws USAGE */
const namedRun = (given: string | null): string | null => {
  if (given === null || /^[0-9a-f]{8,32}$/.test(given)) return given
  throw fail('USAGE', 'the run to take over is named by its first eight hex digits', {
    hint: 'type what the refusal says',
  })
}

/** How the leases on the hosts stand. */
export interface Leases {
  /** By host: the run that still holds it although it is known to be over. */
  readonly over: ReadonlyMap<string, string>
  /** By host, those that hold up no other: who may be changing it now. */
  readonly held: ReadonlyMap<string, SecretsError>
}

/** @throws CONFLICT where another run may be at it on a host that keeps the ledger: that is the lock of the whole fleet */
export const freeLeases = (
  ports: { readonly clock: Clock; readonly machine: Machine },
  project: FleetProject,
  truth: FleetTruth,
  options: { readonly ledger: Ledger; readonly takeOver: string | null; readonly verb: string },
): Leases => {
  const named = namedRun(options.takeOver)
  const over = new Map<string, string>()
  const held = new Map<string, SecretsError>()
  for (const host of new Set([...truth.targets(), ...truth.keepers()])) {
    const facts = truth.facts(host)
    if (facts === null || !isOurs(project, facts)) continue
    const dead = takeOver(facts, ports, { ledger: options.ledger, named })
    if (dead !== null) over.set(host, dead)
    if (!isHeld(facts, dead)) continue
    const refusal = isCredible(facts) ? refusalOfHeld(host, facts, ports, options.verb) : incredible(host, truth)
    if (isCredible(facts) && truth.keepers().includes(host)) throw refusal
    held.set(host, refusal)
  }
  return { over, held }
}

/** The rotation that is being done meanwhile; null: none, or it was cut off. */
export const rotationAtWork = (
  { machine }: { readonly machine: Machine },
  project: FleetProject,
  truth: Pick<FleetTruth, 'keepers' | 'facts'>,
  ledger: Ledger,
): AtWork | null => {
  const keepers = truth.keepers().map((host) => {
    const facts = truth.facts(host)
    const isTold = facts !== null && isOurs(project, facts)
    return isTold && takeOver(facts, { machine }, { ledger, named: null }) === null ? facts : null
  })
  return runAtWork(ledger, keepers)
}

const inMinutes = (seconds: number): string => {
  const minutes = Math.ceil(seconds / 60)
  return minutes === 1 ? '1 more minute' : `${minutes} more minutes`
}

/** Who it is, and until when. */
const refusalOfHeld = (
  host: string,
  { lease, now }: HostFacts,
  { clock }: { readonly clock: Clock },
  verb: string,
): SecretsError => {
  const left = (lease?.until ?? now) - now
  const until = `${isoTime(clock.now() + left * 1000)} (for ${inMinutes(left)})`
  return fail('CONFLICT', `it is held by ${lease?.holder ?? 'another run'} until ${until}`, {
    at: host,
    hint: `wait for that run; if you know that it is dead: lockstep ${verb} --take-over ${lease?.run?.slice(0, 8) ?? ''}${beside(host, verb)}`,
  })
}

/** Whoever has broken into a host can have it say that for ever. */
const beside = (host: string, verb: string): string =>
  verb.startsWith('rotate') ? `; if ${host} is not to be believed: lockstep ${verb} --abandon-host ${host}` : ''

/** Nobody can wait for it or name it: it holds up the host that shows it, and no other. */
const incredible = (host: string, truth: FleetTruth): SecretsError => {
  const path = shellWord(`${truth.desired(host).directory}/ledger/lease.json`)
  return fail('TAMPERED', 'it says that a run holds it, in words that no run of ours writes', {
    at: host,
    hint: `find out who wrote ${path} there; where its clock was wrong, or nobody delivers now: rm ${path}, as root`,
  })
}
