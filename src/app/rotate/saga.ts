import type { ContainerProof } from '../../core/containers/proof.ts'
import { SecretsError } from '../../core/errors.ts'
import { isoTime } from '../../core/duration.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import {
  withCredentials,
  withPast,
  withPastProofs,
  withRotation,
  type CredentialEnd,
  type OpenCredential,
  type OpenRotation,
} from '../../core/rotate/journal.ts'
import type { Rotator } from '../../core/rotate/rotator.ts'
import { wavesOf, type Waves } from '../../core/rotate/waves.ts'
import type { FleetProject } from '../fleet/fleet-project.ts'
import { hostsOf } from './given-hosts.ts'
import type { Journal } from './journal-store.ts'
import type { RotationContext } from './rotation-context.ts'

/** What the steps of a rotation share while it is at work. */
export interface Saga {
  readonly context: RotationContext
  /** The project with what this run has promoted. */
  project: FleetProject
  readonly journal: Journal
  readonly rotatorOf: (open: OpenCredential) => Promise<Rotator>
  /** Hosts that this run has delivered to: by container what it has proved there. */
  readonly proven: Map<string, ReadonlyMap<string, ContainerProof>>
  /** By host: in which words. */
  readonly proofs: Map<string, string>
  /** By id of credential: what went wrong. */
  readonly problems: Map<string, SecretsError>
  /** By id of credential: what became of it. */
  readonly done: Map<string, CredentialEnd>
  /** Ids of credentials that upstream has a new value of, where the journal could not be told so any more. */
  readonly untold: Set<string>
}

/** Does it to all of them at once. The first that cannot go on calls off what the others still ask; nothing of this run is
 *  at work any more when this is over. @throws what ended it */
export const together = async <T>(
  { context }: { readonly context: Pick<RotationContext, 'stop'> },
  all: readonly OpenCredential[],
  work: (one: OpenCredential) => Promise<T>,
): Promise<readonly T[]> => {
  const working = all.map(async (one) => {
    try {
      return await work(one)
    } catch (error) {
      context.stop()
      throw error
    }
  })
  await Promise.allSettled(working)
  return Promise.all(working)
}

export const inWaves = ({ context }: Saga, all: readonly OpenCredential[]): Waves<OpenCredential> =>
  wavesOf(all, (group) => context.project.manifest.groups.find(({ name }) => name === group)?.rotate?.settings)

/** The journal has these as they are now. */
export const keep = ({ journal }: Pick<Saga, 'journal'>, ...credentials: readonly OpenCredential[]): Promise<void> =>
  journal.write((ledger) => withCredentials(ledger, credentials))

/** Says that a value is being ended upstream; nothing where the rotator leaves that to a person. */
export const tellEnd = (
  { context }: { readonly context: { readonly options: Pick<RotationContext['options'], 'onStep'> } },
  { endsNothing }: Pick<Rotator, 'endsNothing'>,
  words: string,
): void => {
  if (endsNothing !== true) context.options.onStep(words)
}

/** By host, in words: how this run has proved them, and those before it that were cut off in the same rotation. */
export const proofsSoFar = (
  { proofs }: Pick<Saga, 'proofs'>,
  head: Pick<OpenRotation, 'proofs'> | null,
): Readonly<Record<string, string>> => ({ ...head?.proofs, ...Object.fromEntries(proofs) })

/** The same of the hosts that are given this credential. */
const proofsOf = (
  saga: Pick<Saga, 'context' | 'proofs'>,
  head: OpenRotation | null,
  one: OpenCredential,
): Readonly<Record<string, string>> => {
  const given = new Set(hostsOf(saga.context.truth, one))
  return Object.fromEntries(Object.entries(proofsSoFar(saga, head)).filter(([host]) => given.has(host)))
}

/** The ledger with how hosts were proved so far: with the rotation at work, for whoever goes on with it, and with those of
 *  these credentials that are over. */
export const withProofs = (saga: Saga, ledger: Ledger, about: readonly OpenCredential[]): Ledger => {
  const head = ledger.rotation ?? null
  const noted = head === null ? ledger : withRotation(ledger, { ...head, proofs: proofsSoFar(saga, head) })
  return about.reduce((all, one) => withPastProofs(all, one.rotation, proofsOf(saga, null, one)), noted)
}

/** The ledger with what became of these, for whoever asks later. */
export const withEnd = (
  saga: Saga,
  ledger: Ledger,
  ends: readonly (readonly [OpenCredential, CredentialEnd])[],
): Ledger =>
  ends.reduce((all, [one, end]) => {
    const { context, journal } = saga
    const rotation = journal.ledger().rotation ?? null
    // whoever goes on with it is not who began it, and need not say why again
    const head = rotation?.id === one.rotation ? rotation : null
    return withPast(all, {
      id: one.rotation,
      at: head?.at ?? one.set,
      ended: isoTime(context.ports.clock.now()),
      by: head?.by ?? context.who.holder,
      reason: head?.reason ?? context.options.reason,
      isEmergency: one.isEmergency,
      credentials: { [one.id]: end },
      hosts: proofsOf(saga, head, one),
    })
  }, ledger)

/** The ledger with a run that gave hosts new passwords and nothing else. */
export const withRenewal = (saga: Pick<Saga, 'context' | 'proofs'>, ledger: Ledger, head: OpenRotation): Ledger => {
  const { id, at, by, reason } = head
  const { ports, options } = saga.context
  return withPast(ledger, {
    id,
    at,
    ended: isoTime(ports.clock.now()),
    by,
    reason,
    isEmergency: options.isEmergency,
    credentials: {},
    hosts: proofsSoFar(saga, head),
  })
}
