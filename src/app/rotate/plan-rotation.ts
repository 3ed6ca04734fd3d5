import { fail, hasCode, type SecretsError } from '../../core/errors.ts'
import type { HostPlan } from '../../core/fleet/delivery-plan.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import { few } from '../../core/names.ts'
import { openCredentials, type OpenCredential, type OpenRotation } from '../../core/rotate/journal.ts'
import { atWorkWords, waitForRun } from '../../core/rotate/at-work.ts'
import { credentialsFor, type Exposed } from '../../core/rotate/exposed.ts'
import { planText, type RotationRow } from '../../core/rotate/rotation-plan.ts'
import { sha256 } from '../../crypto/derive.ts'
import { everyday } from '../fleet/delivery-context.ts'
import { nextRevision } from '../fleet/delivery-intent.ts'
import type { FleetProject } from '../fleet/fleet-project.ts'
import { rotationAtWork } from '../fleet/lease.ts'
import { readTruth, truthBeside, type FleetTruth } from '../fleet/fleet-truth.ts'
import { planDelivery, type FleetPlan } from '../fleet/plan-delivery.ts'
import { checkAbandoned } from './abandoned.ts'
import { exposedNotes, findExposed } from './find-exposed.ts'
import { verbOf } from './verb.ts'
import type { Returning } from './plan-return.ts'
import { unknownHere, withPending } from './overlay.ts'
import { chooseRows, type ChosenRows, type Planned } from './choose-rows.ts'
import type { MissingHost, RotationContext } from './rotation-context.ts'
import { misdatedNotes, waitingRows, type WaitingRow } from './waiting-rows.ts'

/** What one run of `rotate` is about to do. */
export interface RotationPlan {
  /** Eight hex digits; the same facts give the same id. */
  readonly id: string
  readonly rows: readonly RotationRow[]
  readonly planned: readonly Planned[]
  /** Of runs before this one: on their way, or waiting for their end. */
  readonly open: readonly OpenCredential[]
  readonly waiting: readonly WaitingRow[]
  /** Of a check: what would go back. */
  readonly returning: readonly Returning[]
  /** All targets get new passwords. */
  readonly renews: boolean
  /** Hosts that something is delivered to. */
  readonly hosts: readonly string[]
  /** Others that answer, and that a former value waits for: they are brought what they lack, so that it can end. */
  readonly behind: readonly string[]
  /** What is done on all of them. */
  readonly fleet: FleetPlan
  readonly missing: readonly MissingHost[]
  readonly ledger: Ledger
  /** What somebody could read, where that is what it is about. */
  readonly exposed: Exposed | null
  readonly notes: readonly string[]
}

/** Plans the run out of what all hosts have said. Changes nothing anywhere.
 *  @throws as planDelivery; USAGE for somebody, or a host, whom nothing knows; CONFLICT where a rotation is half-done, or there is nothing to go on with or take back */
export const planRotation = async (context: RotationContext): Promise<RotationPlan> => {
  const { options, project, truth } = context
  const found = await truth.ledger()
  const { ledger } = found
  checkAbandoned(context, ledger)
  const half = ledger.rotation ?? null
  if (options.mode === 'new' && half !== null) throw atWorkError(context, ledger) ?? halfDone(half.id, half.by)
  const open = openCredentials(ledger)
  const isAgain = options.mode !== 'new'
  // what other clones have promoted, or hosts already have, is no reason to call this one stale when it goes on with it
  const known = isAgain ? withPending(project, unknownHere(project, open)) : project
  const base = { ...context, project: known }
  const exposed = options.exposedBy === null ? null : await findExposed(base, found, options.exposedBy)
  // with new versions upon them, secrets that this clone has in an old one would no longer look like that
  await preview(base, isAgain ? besideTruth(base, known, null) : truth, { project: known, renew: null })
  const meant = isAgain ? goingOn(half) : await beginning(base, ledger, exposed)
  const { planned, left, hosts, renew } = meant
  const coming = withPending(
    known,
    planned.map(({ opening }) => standIn(opening)),
  )
  const waits = isWaitingMeant(context) ? waitingRows(base, ledger) : []
  const waiting = exposed === null ? waits : waits.filter(({ open: { id } }) => isInTheWay(exposed, id))
  const awaited = answering(context, waiting).filter((host) => !hosts.includes(host))
  const fleet = await preview(base, besideTruth(base, coming, [...hosts, ...awaited]), { project: coming, renew })
  const behind = awaited.filter((host) => isBringable(fleet.hosts.get(host)))
  const rows = [...planned.map(({ row }) => row), ...left]
  const missing = missingOf(context, hosts, fleet, planned)
  const id = half !== null && isAgain ? half.id : idOf(rows, { fleet, missing, waiting, context })
  const notes = [
    ...fleet.notes,
    ...meant.notes,
    ...misdatedNotes(waiting),
    ...(exposed === null ? [] : exposedNotes(exposed, planned)),
  ]
  return {
    id,
    rows,
    planned,
    open,
    waiting,
    returning: [],
    renews: renew !== null,
    hosts,
    behind,
    fleet,
    missing,
    ledger,
    exposed,
    notes,
  }
}

/** What a run changes, and where. */
interface Meant extends ChosenRows {
  readonly hosts: readonly string[]
  /** Generations before this revision get new passwords; null: none for that reason. */
  readonly renew: number | null
}

/** Nothing new: what the run before was about. */
const goingOn = (half: OpenRotation | null): Meant => ({
  planned: [],
  left: [],
  notes: [],
  hosts: half?.hosts ?? [],
  renew: half?.renews === true ? half.revision : null,
})

const beginning = async (context: RotationContext, ledger: Ledger, exposed: Exposed | null): Promise<Meant> => {
  const { options, truth } = context
  const rows = await chooseRows(context, ledger, exposed && credentialsFor(exposed, 'rotate'))
  if (options.names.length === 0 && !options.due && exposed === null)
    return { ...rows, hosts: truth.targets(), renew: nextRevision(truth, ledger) }
  const given = new Set(rows.planned.flatMap(({ row }) => row.hosts))
  return { ...rows, hosts: truth.targets().filter((host) => given.has(host)), renew: null }
}

/** Its former value was read as well; or it cannot be rotated before that has ended. */
const isInTheWay = (exposed: Exposed, id: string): boolean =>
  credentialsFor(exposed, 'end').has(id) || credentialsFor(exposed, 'rotate').has(id)

/** Hosts that former values wait for, where a delivery may be of use. */
const answering = ({ options, truth }: RotationContext, waiting: readonly WaitingRow[]): readonly string[] => {
  const needing = waiting.flatMap(({ hosts, problem }) => (problem === null ? hosts : []))
  const isThere = (host: string): boolean => truth.facts(host) !== null && truth.loss(host) === null
  return options.mode === 'abort' ? [] : truth.targets().filter((host) => needing.includes(host) && isThere(host))
}

const isBringable = (plan: HostPlan | undefined): boolean => plan?.action === 'deliver' || plan?.action === 'restart'

/** A run that is about one secret leaves the ends of others alone. */
const isWaitingMeant = ({ options }: RotationContext): boolean => options.names.length === 0

/** Whoever knows that run to be dead says so to --resume or --abort. */
const atWorkError = ({ ports, project, truth }: RotationContext, ledger: Ledger): SecretsError | null => {
  const atWork = rotationAtWork(ports, project, truth, ledger)
  if (atWork === null) return null
  const named = `--take-over ${atWork.run.slice(0, 8)}`
  return fail('CONFLICT', atWorkWords(ledger, atWork), {
    hint: `${waitForRun}; if you know that it is dead: lockstep rotate --resume ${named}`,
  })
}

const halfDone = (id: string, by: string): SecretsError =>
  fail('CONFLICT', `rotation ${id} is half-done: it was begun by ${by}`, {
    hint: 'lockstep rotate --resume goes on with it, lockstep rotate --abort takes it back',
  })

/** What the hosts have said, beside another state of the project; of the targets `only` these. */
export const besideTruth = (
  { ports, truth, inventory, options }: RotationContext,
  project: FleetProject,
  only: readonly string[] | null,
): FleetTruth =>
  truthBeside(truth, readTruth(ports, project, options.hosts, { only, abandoned: options.abandon }), inventory)

interface PreviewOptions {
  readonly project: FleetProject
  readonly renew: number | null
}

export const preview = (
  { ports, options, who, executable }: RotationContext,
  truth: FleetTruth,
  { project, renew }: PreviewOptions,
): Promise<FleetPlan> => {
  const plan = {
    ...everyday,
    check: options.check,
    takeOver: options.takeOver,
    renew,
    verb: verbOf(options),
    isOfRotation: true,
  }
  return planDelivery(ports, project, truth, plan, who, executable, null)
}

/** What the plan compares is the version: the value is not made before it is needed. */
const standIn = (one: OpenCredential): OpenCredential => ({
  ...one,
  pending: Object.fromEntries(Object.keys(one.versions).map((name) => [name, `to come: ${name}`])),
})

/** Hosts that have to have something, and do not come or must not be touched. */
export const missingOf = (
  { truth }: RotationContext,
  hosts: readonly string[],
  fleet: FleetPlan,
  planned: readonly Planned[],
): readonly MissingHost[] => {
  const needed = new Set([...hosts, ...planned.flatMap(({ row }) => row.hosts)])
  return [...needed].flatMap((host): MissingHost[] => {
    const loss = truth.loss(host)
    if (loss !== null) return [{ host, problem: loss }]
    const problem = fleet.hosts.get(host)?.problem ?? null
    if (problem === null) return []
    const hint = problem.hint === null ? {} : { hint: problem.hint }
    const isNew = problem.isNew === true
    return [{ host, problem: fail(problem.code, problem.message, { at: host, ...hint }), isNew }]
  })
}

interface IdFacts {
  readonly fleet: FleetPlan
  readonly missing: readonly MissingHost[]
  readonly waiting: readonly WaitingRow[]
  readonly context: RotationContext
}

/** @throws CONFLICT when it is not the one expected */
const idOf = (rows: readonly RotationRow[], { fleet, missing, waiting, context }: IdFacts): string => {
  const { expect, isEmergency } = context.options
  const ends = waiting.filter(({ why }) => why === null).map(({ open }) => open.id)
  const facts = { rows, hosts: fleet.id, missing: missing.map(({ host }) => host), isEmergency }
  const id = sha256(`${planText(facts)}\n${ends.join(' ')}`).slice(0, 8)
  if (expect === null || expect === id) return id
  throw fail('CONFLICT', `the plan is now ${id}, not ${expect}`, {
    hint: `look at it again: lockstep ${verbOf(context.options)} --check`,
  })
}

/** Nobody rotates past hosts that do not get the new values, unless told to.
 *  @throws UNAVAILABLE, or what the one host that is in the way says */
export const checkMissing = ({ missing }: RotationPlan, { options }: RotationContext): void => {
  const blocking = missing.filter(({ host }) => !options.abandon.includes(host))
  const [first] = blocking
  if (first === undefined || options.allowMissing) return
  const isDown = blocking.every(({ problem }) => hasCode(problem, 'UNAVAILABLE'))
  const hosts = few(blocking.map(({ host }) => host))
  if (!isDown) throw fail(first.problem.code, first.problem.message, { at: first.host, hint: hintOf(first) })
  throw fail('UNAVAILABLE', `${hosts} ${blocking.length === 1 ? 'does' : 'do'} not answer; nothing was rotated`, {
    hint: 'with --allow-missing the others get the new values, and the old ones stay valid until they are back',
  })
}

const hintOf = ({ problem, host, isNew = false }: MissingHost): string => {
  const forGood = isNew ? '' : `, or --abandon-host ${host} for good`
  return `${problem.hint === undefined ? '' : `${problem.hint}; or `}leave it behind: --allow-missing${forGood}`
}
