import { SecretsError, fail } from '../../core/errors.ts'
import { shellWord } from '../../core/host-text.ts'
import { isNamed } from '../../core/rotate/choose.ts'
import { waiting, withoutCredential, type OpenCredential } from '../../core/rotate/journal.ts'
import type { RotationContext } from './rotation-context.ts'
import { withEnd, type Saga } from './saga.ts'

/** A person has said that what cannot be ended upstream stays there as it is. */
export const isGivenUp = (
  { isAbandoning, names }: RotationContext['options'],
  open: Pick<OpenCredential, 'id' | 'group' | 'names'>,
): boolean => isAbandoning && names.some((name) => isNamed(open, name))

/** It may be closed as it stands: no host has to be given anything back. */
export const isClosable = ({ state }: OpenCredential): boolean => state !== 'verified' && state !== 'delivered'

/** What to type where neither way goes on. */
export const wayOut = (...all: readonly Pick<OpenCredential, 'id'>[]): string =>
  `lockstep rotate --abort ${all.map(({ id }) => shellWord(id)).join(' ')} --abandon leaves both values upstream as they are`

export const withWayOut = (open: Pick<OpenCredential, 'id'>, { code, message, at, hint }: SecretsError): SecretsError =>
  fail(code, message, {
    ...(at === undefined ? {} : { at }),
    hint: `${hint ?? 'mend that, then the same again'}; where that cannot be, ${wayOut(open)}`,
  })

/** Takes it out of the journal and leaves upstream alone. `why`: what could not be ended there; null: nothing was tried. */
export const giveUp = async (saga: Saga, open: OpenCredential, why: SecretsError | null): Promise<void> => {
  const { journal, done, problems } = saga
  const isPromoted = open.state === 'promoted'
  await journal.write((ledger) => {
    const left = withoutCredential(ledger, open.id)
    return isPromoted ? left : withEnd(saga, left, [[open, 'abandoned']])
  })
  done.set(open.id, isPromoted ? 'promoted' : 'abandoned')
  problems.set(open.id, leftAs(open, why))
}

const leftAs = ({ id, names, group, state }: OpenCredential, why: SecretsError | null): SecretsError => {
  const said = why === null ? '' : `${why.message}; `
  if (state === 'promoted') {
    return fail('PARTIAL', `${said}the new value is in force; the former one may still be good upstream`, {
      at: id,
      hint: 'nobody here ends it any more: do so where it was made',
    })
  }
  return fail(
    'PARTIAL',
    `${said}the former value is in force here; the new one is kept nowhere, and may be good upstream`,
    {
      at: id,
      hint: `end the new one where it was made; where the former one is void, lockstep set ${names[0] ?? 'NAME'} --group ${group}`,
    },
  )
}

/** New values whose former ones cannot be ended. */
export const giveUpWaiting = async (saga: Saga): Promise<void> => {
  const { context, journal } = saga
  const left = waiting(journal.ledger()).filter((one) => one.isOldEnded && isGivenUp(context.options, one))
  for (const one of left) await giveUp(saga, one, null)
}
