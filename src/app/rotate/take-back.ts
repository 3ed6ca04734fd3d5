import { isoTime } from '../../core/duration.ts'
import { fail, hasCode, type SecretsError } from '../../core/errors.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import { shellWord } from '../../core/host-text.ts'
import { few } from '../../core/names.ts'
import { isNamed } from '../../core/rotate/choose.ts'
import {
  onTheWay,
  openCredentials,
  waiting,
  withCredentials,
  withEnded,
  withoutCredential,
  withReturned,
  type OpenCredential,
} from '../../core/rotate/journal.ts'
import { freshVersions } from '../../core/rotate/versions.ts'
import { giveUp, isClosable, isGivenUp, wayOut, withWayOut } from './give-up.ts'
import { hostsOf } from './given-hosts.ts'
import { writeToProject } from './promote.ts'
import { refuseBehind } from './refuse-behind.ts'
import type { RotationContext } from './rotation-context.ts'
import { inWaves, keep, tellEnd, together, withEnd, type Saga } from './saga.ts'
import { asked, attemptOf, problemText, Refused } from './upstream.ts'
import { withPending } from './overlay.ts'
import { versionSources } from './version-sources.ts'

/** What `--abort` is about: what is on its way, all of it or what is named. A value that waits for the end of its former one
 *  went well: it is taken back by name alone.
 *  @throws NOT_FOUND where there is no such thing, CONFLICT where there is no way back */
export const abortable = ({ options }: RotationContext, ledger: Ledger): readonly OpenCredential[] => {
  const { names } = options
  const moving = onTheWay(ledger)
  const named = openCredentials(ledger).filter((one) => names.some((name) => isNamed(one, name)))
  const namedMoving = named.filter((one) => moving.includes(one))
  const isAll = options.isAbandoning || namedMoving.length === 0
  const chosen = names.length === 0 ? moving : isAll ? named : namedMoving
  if (chosen.length === 0 && (moving.length > 0 || !ledger.rotation)) throw nothingToTakeBack(options, ledger)
  const ended = chosen.filter((one) => one.isOldEnded && !(isGivenUp(options, one) && isClosable(one)))
  if (ended.length === 0) return chosen
  throw fail('CONFLICT', `the former value is ended already: ${few(ended.map(({ id }) => id))}`, {
    hint: `there is no way back: lockstep rotate --resume${ended.every(isClosable) ? `; where that cannot go on, ${wayOut(...ended)}` : ''}`,
  })
}

const nothingToTakeBack = ({ names }: RotationContext['options'], ledger: Ledger): SecretsError => {
  const ids = waiting(ledger).flatMap(({ id, isOldEnded }) => (isOldEnded ? [] : [shellWord(id)]))
  const which = ids.length === 1 ? ` --abort ${ids[0]}` : ' --abort NAME'
  const more = ids.length === 1 ? '' : `: ${few(ids)}`
  const hint =
    ids.length === 0
      ? 'lockstep rotate history lists what was done'
      : `lockstep rotate${which} takes back one whose former value is still valid${more}`
  const message = names.length === 0 ? 'no rotation is half-done' : `no rotation of ${few(names)} is open`
  return fail('NOT_FOUND', message, { hint })
}

/** Before anything is done: what goes out to the hosts again must not be older than what another clone has brought there.
 *  @throws as abortable; CONFLICT where this clone is behind */
export const checkTurningBack = async (context: RotationContext, ledger: Ledger): Promise<void> => {
  const goingOut = abortable(context, ledger).filter(
    (one) => one.state === 'returning' || (isTurned(one) && isOut(ledger, one)),
  )
  await refuseBehind(context, ledger, goingOut)
}

/** The way back as the journal says it: a value that a host may have had makes room for the former one, under a version
 *  that no host has seen; one that is nowhere yet needs only its end upstream. */
export const turnedBack = async (
  context: RotationContext,
  ledger: Ledger,
  credentials: readonly OpenCredential[],
): Promise<readonly OpenCredential[]> => {
  const { project, ports, options } = context
  const fresh = freshVersions(await versionSources(context, ledger))
  return credentials.map((one): OpenCredential => {
    if (!isTurned(one)) return one
    if (!isOut(ledger, one)) return { ...one, state: 'withdrawing', abandoned: options.abandon }
    const names = Object.keys(one.pending)
    // somebody may have set another value here meanwhile: that one stays
    const here = project.secrets.filter(({ group, host }) => group === one.group && host === one.host)
    const former = { ...one.former }
    for (const name of names) {
      const found = here.find((each) => each.name === name)
      const isOther = found !== undefined && found.value.reveal() !== one.pending[name]
      if (isOther && found.version > (one.from[name] ?? 0)) former[name] = found.value.reveal()
    }
    const versions = Object.fromEntries(names.map((name) => [name, fresh(name)]))
    return { ...one, state: 'returning', former, versions, set: isoTime(ports.clock.now()), abandoned: options.abandon }
  })
}

/** Not what is on its way back already; nor where the former value is ended, or its end has begun: it goes nowhere. */
const isTurned = ({ state, isOldEnded }: OpenCredential): boolean =>
  state !== 'returning' && state !== 'withdrawing' && !(state === 'promoted' && isOldEnded)

const isOut = (ledger: Ledger, one: OpenCredential): boolean => one.state === 'promoted' || isDelivered(ledger, one)

/** Hosts may run it, or are about to, under its version; what upstream does not let in yet, or was taken back before any
 *  host had it, is to reach none. */
export const isInForce = (ledger: Ledger, one: OpenCredential): boolean => {
  if (one.state === 'proposed' || one.state === 'installed') return false
  return one.state !== 'withdrawing' || isDelivered(ledger, one)
}

/** Some generation was staged with it, and may be in use. */
const isDelivered = ({ hosts }: Ledger, { versions }: OpenCredential): boolean =>
  Object.values(hosts).some(({ generations }) =>
    generations.some(({ secrets }) => Object.entries(versions).some(([name, version]) => secrets[name] === version)),
  )

/** The project has the former values again, under the versions that the hosts run. */
export const settleReturned = async (saga: Saga, returned: readonly OpenCredential[]): Promise<void> => {
  await writeToProject(saga, returned)
  const withdrawing = returned.map((one): OpenCredential => ({ ...one, state: 'withdrawing' }))
  await saga.journal.write((ledger) => withdrawing.reduce(withReturned, withCredentials(ledger, withdrawing)))
  saga.project = withPending(saga.project, returned)
}

/** Ends the new values upstream that nobody needs any more. With the former value of an administrator the others are
 *  ended: that is in force again first. */
export const withdrawAll = async (saga: Saga): Promise<void> => {
  const going = onTheWay(saga.journal.ledger()).filter(({ state }) => state === 'withdrawing')
  const { others, administrators } = inWaves(saga, going)
  for (const wave of [administrators, others]) await together(saga, wave, (one) => withdrawOne(saga, one))
}

/** Where that cannot be done now, it stays in the journal. */
export const withdrawOne = async (saga: Saga, open: OpenCredential): Promise<void> => {
  const { context, journal } = saga
  const isLeft = isGivenUp(context.options, open)
  // of two values that may both be void none is ended
  if (isLeft && open.isOldEnded) return giveUp(saga, open, null)
  try {
    const rotator = await asked(() => saga.rotatorOf(open))
    await journal.hold()
    // what a person gave is not ours to end
    if (rotator.needsPerson !== true) tellEnd(saga, rotator, `${open.id}: ends the new value`)
    await asked(() => rotator.withdraw(attemptOf(saga.project, open, context.signal)))
    const isKnown = hostsOf(context.truth, open).length > 0 && isDelivered(journal.ledger(), open)
    const end = open.problem === null ? 'withdrawn' : 'failed'
    await journal.write((ledger) => {
      const left = withoutCredential(ledger, open.id)
      return withEnd(saga, isKnown ? withEnded(left, open) : left, [[open, end]])
    })
    saga.done.set(open.id, end)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { problem: refusal } = error
    if (isLeft) return giveUp(saga, open, refusal)
    const stuck = hasCode(refusal, 'UNAVAILABLE') ? refusal : withWayOut(open, refusal)
    if (!saga.problems.has(open.id)) saga.problems.set(open.id, stuck)
    const problem = [open.problem, problemText(stuck)].filter(Boolean).join('; taking it back: ')
    await keep(saga, { ...open, problem })
  }
}
