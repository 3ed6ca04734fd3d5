import type { ContainerProof } from '../../core/containers/proof.ts'
import { SecretsError } from '../../core/errors.ts'
import { isoTime } from '../../core/duration.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import {
  withCredentials,
  withPast,
  type CredentialEnd,
  type OpenCredential,
  type OpenRotation,
} from '../../core/rotate/journal.ts'
import type { Rotator } from '../../core/rotate/rotator.ts'
import { wavesOf, type Waves } from '../../core/rotate/waves.ts'
import type { FleetProject } from '../fleet/fleet-project.ts'
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

/** The ledger with what became of these, for whoever asks later. */
export const withEnd = (
  { context, journal, proofs }: Saga,
  ledger: Ledger,
  ends: readonly (readonly [OpenCredential, CredentialEnd])[],
): Ledger =>
  ends.reduce((all, [one, end]) => {
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
      hosts: Object.fromEntries(proofs),
    })
  }, ledger)

/** The ledger with a run that gave hosts new passwords and nothing else. */
export const withRenewal = (
  { context, proofs }: Pick<Saga, 'context' | 'proofs'>,
  ledger: Ledger,
  { id, at, by, reason }: OpenRotation,
): Ledger =>
  withPast(ledger, {
    id,
    at,
    ended: isoTime(context.ports.clock.now()),
    by,
    reason,
    isEmergency: context.options.isEmergency,
    credentials: {},
    hosts: Object.fromEntries(proofs),
  })
