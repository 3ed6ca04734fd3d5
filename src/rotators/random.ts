import type { Credential } from '../core/rotate/credential.ts'
import type { Proposal, Rotator, RotatorKind } from '../core/rotate/rotator.ts'
import type { RotatorPorts } from '../core/rotators/rotator-ports.ts'
import { pairOf, settingsOf, type Settings } from '../core/rotators/settings.ts'
import { makeKeyPair } from '../crypto/key-pair.ts'
import { makeTexts, oldStaysOfRandom, textSettings, withPrevious, type Make } from './shared/random-values.ts'

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
    const oldStays = oldStaysOfRandom(credential, settings)
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
