import { isoTime } from '../../core/duration.ts'
import { SecretsError, fail } from '../../core/errors.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import {
  openCredentials,
  withCredentials,
  withRotation,
  type OpenCredential,
  type OpenRotation,
} from '../../core/rotate/journal.ts'
import { redated } from '../../core/rotate/overlap.ts'
import { changedSetting } from '../../core/rotate/kept-settings.ts'
import type { Rotator } from '../../core/rotate/rotator.ts'
import { nextRevision } from '../fleet/delivery-intent.ts'
import { asMeant, isMeant, withoutReturned } from './as-meant.ts'
import { checkFormer } from './check-former.ts'
import { makeJournal } from './journal-store.ts'
import { verbOf } from './verb.ts'
import { latestNow } from './latest-now.ts'
import { type Planned } from './choose-rows.ts'
import { type RotationPlan } from './plan-rotation.ts'
import type { RotationContext } from './rotation-context.ts'
import type { Saga } from './saga.ts'
import { abortable, isInForce, turnedBack } from './take-back.ts'
import { asText, heldOf, rotatorOf } from './upstream.ts'
import { unknownHere, withPending } from './overlay.ts'

/** The run with its journal: what it is about is on the fleet when this returns, and nothing upstream was changed. */
export const openSaga = async (context: RotationContext, plan: RotationPlan): Promise<Saga> => {
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
  const open = openCredentials(withCredentials(start, turned)).filter((one) => isInForce(start, one))
  const saga: Saga = {
    context,
    project: withPending(project, unknownHere(project, open)),
    journal,
    proven: new Map(),
    proofs: new Map(),
    problems,
    done: new Map(),
    untold: new Set(),
    rotatorOf: (open) => {
      const found = rotators.get(open.id) ?? openRotator(context, open)
      rotators.set(open.id, found)
      return found
    },
  }
  if (options.mode === 'abort') await checkFormer(saga, abortable(context, start))
  const moving = [...proposed, ...turned]
  const isMoving = moving.length > 0 || plan.renews || (plan.ledger.rotation ?? null) !== null
  const isTurning = turned.some((one) => !openCredentials(start).includes(one))
  const head: OpenRotation = {
    ...(plan.ledger.rotation ?? newHead(context, plan, revision)),
    run: who.run,
    // those are of the way forward
    ...(isTurning ? { proofs: {} } : {}),
  }
  options.onStage('begun')
  await journal.write((ledger) => {
    const known = redated(withoutReturned(context, ledger), latestNow(context))
    const meant = openCredentials(known).filter((one) => isMeant(context, plan, one))
    const all = withCredentials(known, [...meant.map((one) => asMeant(one, options)), ...moving])
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
  return rotatorOf(ports, project, { id, group, host, names, rotate })
}
