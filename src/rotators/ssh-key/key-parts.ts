import { fail } from '../../core/errors.ts'
import type { Credential } from '../../core/rotate/credential.ts'
import type { Values } from '../../core/rotate/rotator.ts'
import { onlyOrPartOf, partIfAny, type Settings } from '../../core/rotators/settings.ts'
import { Secret } from '../../core/secret.ts'
import { makeSshKeyPair, sshPublicOf } from '../../crypto/open-ssh-key.ts'

/** Which secrets of the credential hold the pair. Public halves are `TYPE BASE64`, without a comment. */
export interface KeyParts {
  readonly names: readonly string[]
  make(comment: string): Values
  /** The public half in force. @throws CONFLICT where there is none that we can read */
  former(values: Values): string
  /** The private half, where it is one that ssh takes without a question; else null. */
  secret(values: Values): Secret | null
  /** @throws CONFLICT */
  pending(values: Values): { readonly secret: Secret; readonly open: string }
}

const [privates, publics] = [
  ['PRIVATE', 'PRIVATE_KEY', 'SSH_KEY'],
  ['PUBLIC', 'PUBLIC_KEY'],
]

/** @throws CONFIG */
export const keyPairOf = (credential: Credential, settings: Settings): KeyParts => {
  // a key may be kept as its private half alone
  const secretName = onlyOrPartOf(credential, settings, 'private', privates)
  const openName = partIfAny(credential, settings, 'public', publics)
  const secret = (values: Values): Secret | null => {
    const value = values.get(secretName)
    return value !== undefined && sshPublicOf(value) !== null ? value : null
  }
  return {
    names: openName === null ? [secretName] : [secretName, openName],
    make: (comment) => {
      const pair = makeSshKeyPair(comment)
      return new Map([
        [secretName, pair.private],
        ...(openName === null ? [] : [[openName, new Secret(pair.public)] as const]),
      ])
    },
    secret,
    former: (values) => {
      const kept = secret(values)
      const found = kept === null ? openOf(openName === null ? undefined : values.get(openName)) : sshPublicOf(kept)
      if (found !== null) return found
      throw fail('CONFLICT', `there is no key in ${secretName} yet whose line could be followed`, {
        at: secretName,
        hint: `the first one is made by hand: ssh-keygen -t ed25519 -N '' -f FILE, its line on each target, then lockstep set ${secretName} --group ${credential.group} <FILE`,
      })
    },
    pending: (values) => {
      const value = values.get(secretName)
      const open = value === undefined ? null : sshPublicOf(value)
      if (value !== undefined && open !== null) return { secret: value, open }
      throw fail('CONFLICT', 'the new key is not known', { hint: 'end this rotation and begin another' })
    },
  }
}

const openOf = (value: Secret | undefined): string | null =>
  /^((?:ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]+=*)(?:\s|$)/.exec(value?.reveal() ?? '')?.[1] ?? null
