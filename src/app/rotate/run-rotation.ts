import { bestProof } from '../../core/containers/proof.ts'
import { isoTime } from '../../core/duration.ts'
import { SecretsError, fail } from '../../core/errors.ts'
import type { DeliveryReport, HostOutcome } from '../../core/fleet/delivery-report.ts'
import { outcomeOf, problemOf } from '../../core/fleet/delivery-report.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import {
  onTheWay,
  openCredentials,
  withCredential,
  withRotation,
  type OpenCredential,
  type OpenRotation,
} from '../../core/rotate/journal.ts'
import { changedSetting } from '../../core/rotate/kept-settings.ts'
import { knownRotations } from '../../core/rotate/known-rotations.ts'
import { rotationNotes } from '../../core/rotate/rotation-notes.ts'
import type { RotatedRow, RotationReport } from '../../core/rotate/rotation-report.ts'
import type { Rotator } from '../../core/rotate/rotator.ts'
import { makeBackup } from '../backup/make-backup.ts'
import { nextRevision } from '../fleet/delivery-intent.ts'
import { asMeant, isMeant, withoutReturned } from './as-meant.ts'
import { checkFormer } from './check-former.ts'
import { deliverPart } from './deliver-part.ts'
import { goBack } from './go-back.ts'
import { goForward } from './go-forward.ts'
import { leftOut } from './left-out.ts'
import { makeJournal } from './journal-store.ts'
import { keepersShort, verbOf } from './keepers.ts'
import { hostsOf, type Planned } from './plan-rotation.ts'
import { checkMissing, planRotation, type RotationPlan } from './preview.ts'
import { retireAll, rowsNow } from './retire.ts'
import type { RotationContext } from './rotation-context.ts'
import type { Saga } from './saga.ts'
import { abortable, isInForce, turnedBack } from './take-back.ts'
import { asText, heldOf, problemText, rotatorOf } from './upstream.ts'
import { unknownHere, withPending } from './overlay.ts'

/** One run of `rotate` over hosts that have been looked at: plans, and unless it is a check, does.
 *  @throws what refused the plan; UNAVAILABLE, CONFLICT where the journal could not be kept: --resume goes on */
export const runRotation = async (context: RotationContext): Promise<RotationReport> => {
  const { options } = context
  const plan = await planRotation(context)
  if (options.mode === 'abort') abortable(context, plan.ledger)
  if (!hasWork(plan, context)) return reportOf(context, plan, null)
  const short = keepersShort(context)
  if (options.check) return reportOf(context, short === null ? plan : withRefusal(plan, short), null)
  if (options.mode === 'new') checkMissing(plan, context)
  if (short !== null) throw short
  const before = await backupBefore(context)
  const saga = await openSaga(context, plan)
  const reports: DeliveryReport[] = []
  try {
    reports.push(...(await advance(saga, plan)))
  } finally {
    await release(saga)
  }
  return reportOf(context, plan, { saga, reports, before })
}

const withRefusal = (plan: RotationPlan, { message, hint = '' }: SecretsError): RotationPlan => ({
  ...plan,
  notes: [...plan.notes, `would be refused: ${message}; ${hint}`],
})

const hasWork = (
  { planned, renews, open, waiting, fleet, ledger }: RotationPlan,
  { options }: RotationContext,
): boolean => {
  if (options.mode === 'abort') return true
  const isEnding = waiting.some(({ why }) => why === null)
  if (planned.length > 0 || renews || isEnding) return true
  // hosts may not have heard how the last run ended, or that it has
  const isBehind = fleet.intent !== null || ledger.atWork !== undefined
  return options.mode === 'resume' && (isBehind || onTheWay({ credentials: open }).length > 0)
}

const advance = async (saga: Saga, plan: RotationPlan): Promise<readonly DeliveryReport[]> => {
  const { context } = saga
  const isNamed = context.options.names.length > 0 || plan.exposed !== null
  const forward = context.options.mode === 'abort' ? null : await goForward(saga)
  const back = await goBack(saga)
  const mine = new Set([...plan.planned.map(({ opening }) => opening.id), ...plan.waiting.map(({ open }) => open.id)])
  const ended = context.options.mode === 'abort' ? [] : await retireAll(saga, ({ id }) => !isNamed || mine.has(id))
  const swept = await sweep(saga, plan, ended)
  return [forward, ...back, swept].flatMap((one) => one ?? [])
}

/** Generations that hold a value which is ended go from the hosts. */
const sweep = async (
  saga: Saga,
  { open, planned }: RotationPlan,
  ended: readonly string[],
): Promise<DeliveryReport | null> => {
  const all = [...open, ...planned.map(({ opening }) => opening)].filter(({ id }) => ended.includes(id))
  const hosts = [...new Set(all.flatMap((one) => hostsOf(saga.context.truth, one)))]
  return hosts.length === 0 ? null : deliverPart(saga, [], { hosts, renew: null })
}

interface Before {
  /** Its name; null: it could not be made. */
  readonly backup: string | null
  readonly leftOut: readonly string[]
}

/** An emergency goes on without. */
const backupBefore = async ({ ports, open, options }: RotationContext): Promise<Before> => {
  options.onStep('makes a backup and verifies it')
  try {
    return { backup: (await makeBackup(ports, open)).listed.name, leftOut: [] }
  } catch (error) {
    if (!(error instanceof SecretsError) || !options.isEmergency) throw error
    return { backup: null, leftOut: [`no backup was made before: ${problemText(error)}`] }
  }
}

const openSaga = async (context: RotationContext, plan: RotationPlan): Promise<Saga> => {
  const { ports, project, truth, who, channels, options } = context
  const { proposed, problems } = await proposeAll(context, plan)
  const revision = nextRevision(truth, plan.ledger)
  const start: Ledger = { ...plan.ledger, revision, writes: 0 }
  const { over } = plan.fleet
  const journal = makeJournal(
    { ports, project, truth, who, channels, over, before: plan.ledger, verb: verbOf(options) },
    start,
  )
  const rotators = new Map<string, Promise<Rotator>>()
  const turned = options.mode === 'abort' ? await turnedBack(context, start, abortable(context, start)) : []
  const open = openCredentials(turned.reduce<Ledger>(withCredential, start)).filter((one) => isInForce(start, one))
  const saga: Saga = {
    context,
    now: withPending(project, unknownHere(project, open)),
    journal,
    proven: new Map(),
    proofs: new Map(),
    problems,
    done: new Map(),
    rotatorOf: (open) => {
      const found = rotators.get(open.id) ?? openRotator(context, open)
      rotators.set(open.id, found)
      return found
    },
  }
  if (options.mode === 'abort') await checkFormer(saga, abortable(context, start))
  const moving = [...proposed, ...turned]
  const isMoving = moving.length > 0 || plan.renews || plan.ledger.rotation
  const head: OpenRotation = { ...(plan.ledger.rotation ?? newHead(context, plan, revision)), run: who.run }
  await journal.write((ledger) => {
    const known = withoutReturned(context, ledger)
    const meant = openCredentials(known).filter((one) => isMeant(context, plan, one))
    const all = [...meant.map((one) => asMeant(one, options)), ...moving].reduce(withCredential<Ledger>, known)
    return isMoving ? withRotation(all, head) : all
  })
  return saga
}

const newHead = ({ ports, who, options }: RotationContext, plan: RotationPlan, revision: number): OpenRotation => ({
  id: plan.id,
  run: who.run,
  revision,
  at: isoTime(ports.clock.now()),
  by: who.holder,
  reason: options.reason,
  hosts: plan.hosts,
  renews: plan.renews,
})

interface Proposed {
  readonly proposed: readonly OpenCredential[]
  /** By id. */
  readonly problems: Map<string, SecretsError>
}

/** Whoever asks a person does so alone; nothing upstream is changed by any of them. In an emergency nobody waits for one
 *  that has no new value. */
const proposeAll = async (context: RotationContext, { planned, id }: RotationPlan): Promise<Proposed> => {
  const { isEmergency, names } = context.options
  const proposed: OpenCredential[] = []
  const problems = new Map<string, SecretsError>()
  for (const one of planned) {
    try {
      proposed.push(await propose(context, one, id))
    } catch (error) {
      if (!(error instanceof SecretsError) || !isEmergency || names.length > 0) throw error
      problems.set(one.opening.id, error)
    }
  }
  return { proposed, problems }
}

const propose = async (
  { project, signal, options }: RotationContext,
  { rotator, opening }: Planned,
  rotation: string,
): Promise<OpenCredential> => {
  const { values, marks } = await rotator.propose(
    heldOf(project, opening, { isEmergency: options.isEmergency, signal }),
  )
  return { ...opening, rotation, pending: asText(values), marks: { ...marks } }
}

/** As the manifest declares it now. @throws CONFIG where it no longer does */
const openRotator = async ({ ports, project }: RotationContext, open: OpenCredential): Promise<Rotator> => {
  const rotate = project.manifest.groups.find(({ name }) => name === open.group)?.rotate ?? null
  if (rotate === null || rotate.with !== open.with) {
    throw fail('CONFIG', `lockstep.yaml no longer says that it is rotated with ${open.with}`, {
      at: open.id,
      hint: 'put that back until its rotation is over',
    })
  }
  const changed = changedSetting(open, rotate)
  if (changed !== null) {
    const { name, before } = changed
    throw fail('CONFIG', `${name} in lockstep.yaml is not as it was when its rotation began`, {
      at: open.id,
      hint: `until that is over ${before === null ? `take it out: ${name}` : `put it back: ${name}: ${before}`}`,
    })
  }
  const { id, group, host, names } = open
  return (await rotatorOf(ports, project, { id, group, host, names, rotate })).rotator
}

/** Nobody waits for a host that cannot be told. */
const release = async ({ journal }: Saga): Promise<void> => {
  try {
    await journal.release()
  } catch (error) {
    if (!(error instanceof SecretsError)) throw error
  }
}

interface Done {
  readonly saga: Saga
  readonly reports: readonly DeliveryReport[]
  readonly before: Before
}

const reportOf = (context: RotationContext, plan: RotationPlan, done: Done | null): RotationReport => {
  const { truth, project, options } = context
  const ledger = done?.saga.journal.ledger() ?? plan.ledger
  const waits = done === null ? plan.waiting : rowsNow(done.saga)
  return {
    plan: plan.id,
    environment: project.environment,
    isCheck: options.check,
    isEmergency: options.isEmergency,
    exposed: plan.exposed,
    rows: rowsOf(plan, ledger, done?.saga ?? null),
    hosts: done === null ? plannedHosts(plan) : lastOutcomes(done.reports),
    provable: Object.fromEntries(project.manifest.containers.map((one) => [one.name, bestProof(one)])),
    missing: plan.missing.map(({ host, problem }) => ({ host, ...problemOf(problem) })),
    abandoned: options.abandon,
    waiting: waits.map(({ open, why, hosts, until }) => ({
      id: open.id,
      names: open.names,
      with: open.with,
      why,
      hosts,
      until,
    })),
    leftOut: [...leftOut(context, plan), ...(done?.before.leftOut ?? [])],
    isOpen: done !== null && (ledger.rotation ?? null) !== null,
    backup: done?.before.backup ?? null,
    git: null,
    rotations: knownRotations(ledger, project.manifest),
    notes: [...truth.notes().map((note) => `${note.at}: ${note.message}`), ...notesOf(plan, done)],
  }
}

/** Once something was done, how rotations stood before that is no longer true, and the report says how they stand. */
const notesOf = ({ notes, ledger }: RotationPlan, done: Done | null): readonly string[] => {
  const before = done === null ? [] : rotationNotes(ledger)
  return notes.filter((note) => !before.includes(note))
}

/** What was planned; of runs before this one, what was gone on with. */
const rowsOf = ({ rows, open, waiting }: RotationPlan, ledger: Ledger, saga: Saga | null): readonly RotatedRow[] => {
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
    return { ...row, ...own, end: saga === null ? null : stateOf(id), problem: row.problem ?? problem(id) }
  })
  const others = open.filter(({ id }) => !own.some((one) => one.id === id) && (isDone(id) || problem(id) !== null))
  return [...own, ...others.map((one) => againRow(one, stateOf(one.id), problem(one.id)))]
}

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
  action:
    end === 'withdrawn' || end === 'abandoned' || end === 'returning' || end === 'withdrawing' ? 'return' : 'retire',
  oldStays: null,
  overlap: one.overlap,
  note: null,
  why: one.problem,
  problem,
  versions: {},
  end,
})

const plannedHosts = ({ fleet, hosts }: RotationPlan): readonly HostOutcome[] =>
  hosts.flatMap((host) => {
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
