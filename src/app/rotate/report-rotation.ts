import { bestProof } from '../../core/containers/proof.ts'
import type { DeliveryReport, HostOutcome } from '../../core/fleet/delivery-report.ts'
import { lostOutcome, outcomeOf, problemOf } from '../../core/fleet/delivery-report.ts'
import { shellWord } from '../../core/host-text.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import { openCredentials, type OpenCredential } from '../../core/rotate/journal.ts'
import { knownRotations } from '../../core/rotate/known-rotations.ts'
import { rotationNotes } from '../../core/rotate/rotation-notes.ts'
import type { RotatedRow, RotationReport, StillValid } from '../../core/rotate/rotation-report.ts'
import { everyday } from '../fleet/delivery-context.ts'
import { isMeant } from './as-meant.ts'
import { leftOut } from './left-out.ts'
import { type RotationPlan } from './plan-rotation.ts'
import { rowsNow } from './retire.ts'
import type { RotationContext } from './rotation-context.ts'
import type { Saga } from './saga.ts'
import type { WaitingRow } from './waiting-rows.ts'

export interface Before {
  /** Name of the backup; null: it could not be made. */
  readonly backup: string | null
  readonly leftOut: readonly string[]
}

export interface Done {
  readonly saga: Saga
  readonly reports: readonly DeliveryReport[]
  readonly before: Before
}

/** What is told of a run; `done` null: nothing was done. */
export const reportOf = (context: RotationContext, plan: RotationPlan, done: Done | null): RotationReport => {
  const { truth, project, options } = context
  const ledger = done?.saga.journal.ledger() ?? plan.ledger
  const waits = done === null ? plan.waiting : rowsNow(done.saga)
  return {
    plan: plan.id,
    environment: project.environment,
    isCheck: options.check,
    isRefused: false,
    isEmergency: options.isEmergency,
    exposed: plan.exposed,
    rows: rowsOf(plan, ledger, done?.saga ?? null),
    hosts: withLost(context, plan, { waits, hosts: done === null ? plannedHosts(plan) : lastOutcomes(done.reports) }),
    provable: Object.fromEntries(project.manifest.containers.map((one) => [one.name, bestProof(one)])),
    missing: plan.missing.map(({ host, problem }) => ({ host, ...problemOf(problem) })),
    abandoned: options.abandon,
    waiting: waits.map((row) => stillValid(row, isLate(context, plan, { row, isDone: done !== null }))),
    leftOut: [...leftOut(context, plan), ...(done?.before.leftOut ?? [])],
    isOpen: done !== null && (ledger.rotation ?? null) !== null,
    backup: done?.before.backup ?? null,
    git: null,
    rotations: knownRotations(ledger, project.manifest),
    notes: [...truth.notes().map((note) => `${note.at}: ${note.message}`), ...notesOf(plan, done)],
  }
}

const stillValid = ({ open, why, hosts, until }: WaitingRow, isLate: boolean): StillValid => {
  const { id, names, with: rotator, isOldEnded } = open
  return { id, names, with: rotator, why, hosts, until, isLate, isEnding: isOldEnded }
}

interface Late {
  readonly row: WaitingRow
  readonly isDone: boolean
}

/** What a plan is about to bring up is not late yet; nor is what is none of this run's business. */
const isLate = (context: RotationContext, plan: RotationPlan, { row, isDone }: Late): boolean => {
  const { open, why, left, hosts, problem } = row
  const isAbout = context.options.mode !== 'abort' && isMeant(context, plan, open)
  if (!isAbout || why === null || left > 0) return false
  const coming = isDone ? [] : [...plan.hosts, ...plan.behind]
  return problem !== null || hosts.some((host) => !coming.includes(host))
}

interface Outcomes {
  readonly waits: readonly WaitingRow[]
  readonly hosts: readonly HostOutcome[]
}

/** With those that keep a former value from ending and do not answer, or must not be touched. */
const withLost = (context: RotationContext, plan: RotationPlan, { waits, hosts }: Outcomes): readonly HostOutcome[] => {
  const late = waits.filter((row) => isLate(context, plan, { row, isDone: true })).flatMap((row) => row.hosts)
  const known = [...hosts, ...plan.missing].map(({ host }) => host)
  const lost = [...new Set(late)].filter((host) => !known.includes(host))
  // a delivery would bring it the new value, and end nothing
  const told = hosts.map((one) => {
    const [better] = one.state === 'unreachable' && late.includes(one.host) ? lostHost(context, plan, one.host) : []
    return better ?? one
  })
  return [...told, ...lost.flatMap((host) => lostHost(context, plan, host))]
}

const lostHost = ({ truth }: RotationContext, { fleet }: RotationPlan, host: string): readonly HostOutcome[] => {
  const loss = truth.loss(host)
  const planned = fleet.hosts.get(host)
  if (loss === null) return planned?.action === 'refused' ? [outcomeOf(planned, 'refused')] : []
  const outcome = lostOutcome(host, loss, everyday.mode)
  const back = 'lockstep rotate --resume'
  const when = loss.code === 'UNAVAILABLE' ? 'when it is back' : 'when that is mended'
  const hint = `${when}: ${back}; where it is gone for good: ${back} --abandon-host ${shellWord(host)}`
  return [
    { ...outcome, problem: { ...problemOf(loss), hint: loss.hint === undefined ? hint : `${loss.hint}; ${hint}` } },
  ]
}

/** Once something was done, how rotations stood before that is no longer true, and the report says how they stand. */
const notesOf = ({ notes, ledger }: RotationPlan, done: Done | null): readonly string[] => {
  const before = done === null ? [] : rotationNotes(ledger)
  return notes.filter((note) => !before.includes(note))
}

/** What was planned; of runs before this one, what was gone on with. */
const rowsOf = (
  { rows, planned, open, waiting, returning }: RotationPlan,
  ledger: Ledger,
  saga: Saga | null,
): readonly RotatedRow[] => {
  const stateOf = (id: string): RotatedRow['end'] =>
    saga?.done.get(id) ?? openCredentials(ledger).find((one) => one.id === id)?.state ?? null
  const isDone = (id: string): boolean => saga?.done.has(id) === true
  const stuck = waiting.filter(({ open: { id } }) => !isDone(id))
  const problem = (id: string): RotatedRow['problem'] => {
    const found = saga?.problems.get(id) ?? stuck.find(({ open }) => open.id === id)?.problem ?? null
    return found === null ? null : problemOf(found)
  }
  const own = rows.map(({ credential: { id, names, group, host, rotate }, ...row }): RotatedRow => {
    const own = { id, names, group, host, with: rotate.with, every: rotate.every }
    // what the look found is as it was before; that a person ends the former value still holds
    const isStill = planned.some(({ opening, rotator }) => opening.id === id && rotator.endsNothing === true)
    const note = saga === null || isStill ? row.note : null
    return { ...row, ...own, note, end: saga === null ? null : stateOf(id), problem: row.problem ?? problem(id) }
  })
  const others = open.filter(({ id }) => !own.some((one) => one.id === id) && (isDone(id) || problem(id) !== null))
  const back = returning.map(({ open: one, note }): RotatedRow => {
    const row = againRow(one, null, problem(one.id))
    return { ...row, action: 'return', note, why: null }
  })
  const shown = others.filter(({ id }) => !returning.some((one) => one.open.id === id))
  const again = (one: OpenCredential): RotatedRow => {
    const row = againRow(one, stateOf(one.id), problem(one.id))
    return isDone(one.id) ? { ...row, why: null } : row
  }
  return [...own, ...back, ...shown.map(again)]
}

const backwards: ReadonlySet<RotatedRow['end']> = new Set([
  'withdrawn',
  'failed',
  'abandoned',
  'returning',
  'withdrawing',
])

const againRow = (one: OpenCredential, end: RotatedRow['end'], problem: RotatedRow['problem']): RotatedRow => ({
  id: one.id,
  names: one.names,
  group: one.group,
  host: one.host,
  with: one.with,
  every: null,
  hosts: [],
  age: null,
  state: 'fresh',
  action: backwards.has(end) ? 'return' : one.state === 'promoted' ? 'retire' : 'rotate',
  oldStays: null,
  overlap: one.overlap,
  note: null,
  why: one.problem,
  problem,
  versions: {},
  end,
})

const plannedHosts = ({ fleet, hosts, behind }: RotationPlan): readonly HostOutcome[] =>
  [...hosts, ...behind].flatMap((host) => {
    const one = fleet.hosts.get(host)
    if (one === undefined) return []
    return [outcomeOf(one, one.action === 'refused' ? 'refused' : one.action === 'keep' ? 'kept' : 'planned')]
  })

/** Of several deliveries to a host the one that says most: what was delivered, else what was wrong. */
const lastOutcomes = (reports: readonly DeliveryReport[]): readonly HostOutcome[] => {
  const found = new Map<string, HostOutcome>()
  for (const { hosts } of reports)
    for (const one of hosts) {
      const before = found.get(one.host)
      if (before === undefined || one.problem !== null || before.state === 'kept') found.set(one.host, one)
    }
  return [...found.values()]
}
