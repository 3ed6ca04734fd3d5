import type { Credential } from '../../core/rotate/credential.ts'
import { alphabets, lettersFor, randomText, type Alphabet } from '../../core/rotators/random-text.ts'
import type { Held, OldStays, Values } from '../../core/rotate/rotator.ts'
import type { RotatorPorts } from '../../core/rotators/rotator-ports.ts'
import type { Settings } from '../../core/rotators/settings.ts'
import { Secret } from '../../core/secret.ts'

/** A new value for each secret of a credential. */
export type Make = () => Promise<Values>

/** Settings of a random text. */
export const textSettings = ['bytes', 'alphabet', 'length', 'previous', 'breaks'] as const

/** A new random text for each of the credential's names. @throws CONFIG */
export const makeTexts = (credential: Credential, from: RotatorPorts['random'], settings: Settings): Make => {
  const alphabet = settings.word('alphabet', Object.keys(alphabets).filter(isAlphabet)) ?? 'base64url'
  const length = settings.integer('length', { from: 16, to: 4096 }) ?? lettersFor(alphabet, credential.rotate.bytes)
  return async () => new Map(credential.names.map((name) => [name, new Secret(randomText(from, alphabet, length))]))
}

const isAlphabet = (word: string): word is Alphabet => Object.hasOwn(alphabets, word)

/** @throws CONFIG where nobody says what becomes of the old value */
export const oldStaysOfRandom = ({ rotate, host }: Credential, settings: Settings): OldStays => {
  if (rotate.previous !== null) return 'previous'
  if (rotate.breaks !== null) return 'breaks'
  // of one host: whoever uses it is re-created with it
  if (host !== null) return 'gap'
  throw settings.wrong(
    'previous',
    'is missing: nobody says what becomes of the old value',
    'previous: NAME delivers it as well; breaks: "what a new value breaks" accepts that it is void',
  )
}

/** Somebody who has the old value must not get on with it: in an emergency the place of the previous one is taken by one
 *  that nobody knows, as where there is none yet. */
export const withPrevious = async (
  { rotate: { previous }, names }: Credential,
  { values, isEmergency }: Held,
  make: Make,
): Promise<Values> => {
  const [name = ''] = names
  const made = await make()
  if (previous === null) return made
  const former = isEmergency ? undefined : values.get(name)
  const stand = former ?? (await make()).get(name)
  return stand === undefined ? made : new Map([...made, [previous, stand]])
}
