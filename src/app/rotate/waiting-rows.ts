import { formatDuration } from '../../core/duration.ts'
import { fail, type SecretsError } from '../../core/errors.ts'
import type { ContainerProof } from '../../core/containers/proof.ts'
import { shellWord } from '../../core/host-text.ts'
import { few } from '../../core/names.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import { waiting, type OpenCredential } from '../../core/rotate/journal.ts'
import { isMisdated, overlapBegan } from '../../core/rotate/overlap.ts'
import { stillNeeds } from '../../core/rotate/proven.ts'
import { Secret } from '../../core/secret.ts'
import { lookWords } from '../fleet/fleet-truth.ts'
import { abandonedNow } from './abandoned.ts'
import { hostsOf } from './given-hosts.ts'
import { latestNow } from './latest-now.ts'
import { provenOn } from './proven-on.ts'
import type { RotationContext } from './rotation-context.ts'
import { unknownHolders } from './unknown-holders.ts'

/** A credential whose former value is still valid. */
export interface WaitingRow {
  readonly open: OpenCredential
  /** Null: its former value can be ended now. */
  readonly why: string | null
  /** It began at a time to come, by a clock that was wrong: it counts from now on. */
  readonly isMisdated: boolean
  /** Milliseconds until the overlap is over; 0: it is. */
  readonly left: number
  /** When that is, in milliseconds since 1970. */
  readonly until: number
  /** Hosts that it waits for. */
  readonly hosts: readonly string[]
  /** Why no waiting helps; null: it does. */
  readonly problem: SecretsError | null
}

/** By host that this run has delivered to: what it has proved there, by container. */
export type Proven = ReadonlyMap<string, ReadonlyMap<string, ContainerProof>>

/** How the former values stand that wait for their end, beside the project as it is once all that is known was promoted. */
export const waitingRows = (
  context: RotationContext,
  ledger: Ledger,
  proven: Proven = new Map(),
): readonly WaitingRow[] => waiting(ledger).map((open) => waitingRow(context, ledger, open, proven))

/** The same of one of them. */
export const waitingRow = (
  context: RotationContext,
  ledger: Ledger,
  open: OpenCredential,
  proven: Proven = new Map(),
): WaitingRow => {
  const latest = latestNow(context)
  const hosts = needing(context, ledger, open, proven)
  const overlap = context.options.isEmergency ? 0 : open.overlap
  const until = overlapBegan(open, latest) + overlap
  const left = Math.max(0, until - context.ports.clock.now())
  const problem = inForceAgain(context, open)
  const words = [
    ...(problem === null ? [] : [[problem.message, problem.hint].join('; ')]),
    ...hosts.map(({ host, why }) => (why === null ? `${host} (${lookWords(context.truth, host)})` : `${host}: ${why}`)),
    ...(left > 0 ? [`for ${formatDuration(left)} more`] : []),
  ]
  const why = words.length === 0 ? null : few(words)
  const names = hosts.map(({ host }) => host)
  return { open, isMisdated: isMisdated(open, latest), left, until, hosts: names, why, problem }
}

/** What is to be said of overlaps that cannot have begun when the journal says. */
export const misdatedNotes = (rows: readonly WaitingRow[]): readonly string[] =>
  rows
    .filter((one) => one.isMisdated)
    .map(
      ({ open: { id, promoted, set } }) =>
        `${id}: it was promoted on ${promoted ?? set}, which is still to come: a clock was wrong, and its overlap counts from now on`,
    )

/** Somebody has set the former value again, under a version of its own: no host needs the one that was rotated to, and all
 *  of them this one. */
const inForceAgain = ({ project }: Pick<RotationContext, 'project'>, open: OpenCredential): SecretsError | null => {
  const { id, group, host, versions, former, pending, isOldEnded } = open
  const names = Object.entries(versions).flatMap(([name, rotated]) => {
    const here = project.secrets.find((one) => one.group === group && one.host === host && one.name === name)
    const [old, made] = [former[name], pending[name]]
    const isAgain = here !== undefined && old !== undefined && old !== made && here.value.equals(new Secret(old))
    return isAgain && here.version >= rotated ? [name] : []
  })
  if (names.length === 0) return null
  const other = `set another value: lockstep set ${names[0] ?? ''}, and deliver it`
  return fail('CONFLICT', `the former value of ${few(names)} was set again and is in force`, {
    at: id,
    hint: isOldEnded ? other : `lockstep rotate --abort ${shellWord(id)} ends the new one instead; or ${other}`,
  })
}

interface Needing {
  readonly host: string
  /** Null: it did not answer, or is refused; what came of that is told where it is about the host. */
  readonly why: string | null
}

/** Hosts that may still use the former value, and why. */
const needing = (
  context: RotationContext,
  ledger: Ledger,
  open: OpenCredential,
  proven: Proven,
): readonly Needing[] => {
  const { truth, options } = context
  return [
    ...hostsOf(truth, open)
      .filter((host) => ![...open.abandoned, ...abandonedNow(options, open)].includes(host))
      .flatMap((host) => {
        const known = provenOn(context, ledger, host)
        if (known === null) return [{ host, why: truth.loss(host) === null ? 'was not asked' : null }]
        const why = stillNeeds(open, { ...known, proved: proven.get(host) })
        return why === null ? [] : [{ host, why }]
      }),
    ...elsewhere(context, ledger, open),
  ]
}

/** What is ended upstream already cannot be kept for a host that nobody here knows. */
const elsewhere = (context: RotationContext, ledger: Ledger, open: OpenCredential): readonly Needing[] => {
  if (open.isOldEnded) return []
  const isFormer = (name: string, version: number): boolean => version < (open.versions[name] ?? 0)
  return unknownHolders(context, ledger, open, isFormer).map((host) => ({
    host,
    why: context.truth.given().includes(host)
      ? 'has the former value, and is to have none: lockstep deploy takes it away'
      : `has the former value, and this clone does not know it: git pull; or, where it is no more, lockstep deploy --forget ${shellWord(host)}`,
  }))
}
