import type { Credential } from '../core/rotate/credential.ts'
import { alphabets, lettersFor, randomText, type Alphabet } from '../core/rotate/random-text.ts'
import type { Held, OldStays, Proposal, Rotator, RotatorKind, Values } from '../core/rotate/rotator.ts'
import type { RotatorPorts } from '../core/rotate/rotator-ports.ts'
import { pairOf, settingsOf, type Settings } from '../core/rotate/settings.ts'
import { Secret } from '../core/secret.ts'
import { makeKeyPair } from '../crypto/key-pair.ts'

const kinds = ['text', 'ed25519', 'rsa'] as const

/** A value that nobody but us makes: session keys, signing keys, passwords between our own containers. There is no
 *  upstream that could know two of them: the old one is delivered as well (`previous`), or what was made with it is
 *  void. */
export const random: RotatorKind = {
  // of a key pair, both halves are one
  isEach: ({ settings }) => (settings['kind'] ?? 'text') === 'text',
  open: (credential, ports) => {
    const settings = settingsOf(credential, ['kind', 'bits', 'private', 'public', ...textSettings])
    const make = makerOf(credential, ports, settings)
    const oldStays = oldStaysIn(credential, settings)
    return {
      oldStays,
      look: async () => ({ note: credential.rotate.breaks }),
      propose: async (held) => ({ values: await withPrevious(credential, held, make), marks: {} }),
      // a run that goes on has the values from the ledger
      install: async ({ pending, marks }): Promise<Proposal> => ({ values: pending, marks }),
      verify: nothing,
      retire: nothing,
      withdraw: nothing,
    } satisfies Rotator
  },
}

export type Make = () => Promise<Values>

const nothing = async (): Promise<void> => {}

const makerOf = (credential: Credential, { random: from }: Pick<RotatorPorts, 'random'>, settings: Settings): Make => {
  const kind = settings.word('kind', kinds) ?? 'text'
  const bits = settings.integer('bits', { from: 2048, to: 8192 })
  if (kind !== 'text') {
    const { secret, open } = pairOf(credential, settings)
    return async () => {
      const pair = await makeKeyPair(kind, bits ?? undefined)
      return new Map([[secret, pair.private], ...(open === null ? [] : [[open, pair.public] as const])])
    }
  }
  return makeTexts(credential, from, settings)
}

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
export const oldStaysIn = ({ rotate, host }: Credential, settings: Settings): OldStays => {
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
