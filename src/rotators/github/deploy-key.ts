import type { Attempt, Rotator, Step, Values } from '../../core/rotate/rotator.ts'
import { pairOf } from '../../core/rotators/settings.ts'
import { Secret } from '../../core/secret.ts'
import { makeSshKeyPair, sshPublicOf } from '../../crypto/open-ssh-key.ts'
import { failAt } from './fail-at.ts'
import { appId, loginSettings, type Reach } from './login.ts'
import type { Opening } from './opening.ts'
import { repositoryKeys, type DeployKey } from './repository-keys.ts'
import { repositoryIn } from './target.ts'

export const deployKeySettings: readonly string[] = [
  'repository',
  'title',
  'read_only',
  'private',
  'public',
  ...loginSettings,
]

/** An ed25519 pair whose public half may read (or write) one repository: the new one is added beside the old one, which
 *  goes by its id. */
export const deployKeyKind = ({ credential, settings, api, login }: Opening): Rotator => {
  const { id, rotate } = credential
  const { secret, open } = pairOf(credential, settings)
  const [wantedTitle, wantedRights] = [settings.text('title'), settings.flag('read_only')]
  const reach: Reach = { ...repositoryIn(settings), permissions: { administration: 'write' } }
  const keys = repositoryKeys(reach, api, login)
  /** GitHub deletes deploy keys together with the personal access token that made them. */
  const isToken = appId(rotate) === null

  /** The public half of these values, as GitHub lists it. */
  const halfOf = (values: Values): string | null => {
    const value = values.get(secret)
    const line = open === null ? undefined : values.get(open)
    return (value === undefined ? null : sshPublicOf(value)) ?? (line === undefined ? null : bare(line.reveal()))
  }
  /** Null: none of the keys there is this one. @throws CONFLICT where that cannot be told */
  const find = async (step: Step, values: Values): Promise<DeployKey | null> => {
    const half = halfOf(values)
    const all = await keys.all(step)
    if (half !== null || !values.has(secret)) return all.find(({ key }) => bare(key) === half) ?? null
    const hint = 'it is no private key without a passphrase, and no secret holds its public half (`public:`)'
    throw failAt(reach.at, 'CONFLICT', `which of the deploy keys ${secret} belongs to cannot be told`, hint)
  }
  const verify = async (attempt: Attempt): Promise<void> => {
    const found = await find(attempt, attempt.pending)
    const isGood = found?.verified === true && found.enabled !== false
    if (isGood && String(found.read_only) === (attempt.marks['read_only'] ?? 'true')) return
    const message = `the new key is not ${found === null ? 'listed' : 'accepted as it is'} by GitHub`
    const hint = 'its settings, Deploy keys, and whether the organisation allows them: lockstep rotate --abort'
    throw failAt(reach.at, 'DENIED', message, hint)
  }

  return {
    oldStays: 'both',
    look: async (held) => {
      const now = await find(held, held.values)
      const found = now === null ? 'none of its keys is ours yet' : `key ${now.id}, ${access(now.read_only)}`
      return { note: `${reach.at}: ${found}${isToken ? ', ends when the token that adds it is deleted' : ''}` }
    },
    propose: async (held) => {
      const former = await find(held, held.values)
      const pair = makeSshKeyPair(id)
      return {
        values: new Map([[secret, pair.private], ...(open === null ? [] : [[open, new Secret(pair.public)] as const])]),
        marks: {
          title: wantedTitle ?? former?.title ?? id,
          read_only: String(wantedRights ?? former?.read_only ?? true),
          ...(former === null ? {} : { old: String(former.id) }),
        },
      }
    },
    install: async (attempt) => {
      const { title = id, read_only = 'true' } = attempt.marks
      const wanted = { title, key: halfOf(attempt.pending) ?? '', read_only: read_only !== 'false' }
      const { id: added } = (await find(attempt, attempt.pending)) ?? (await keys.add(attempt, wanted))
      return { values: attempt.pending, marks: { ...attempt.marks, new: String(added) } }
    },
    verify,
    retire: async (attempt) => {
      const found = await find(attempt, attempt.former)
      if (found === null) return
      // an overlap has passed: somebody may have removed the new one
      await verify(attempt)
      await keys.remove(attempt, found.id)
    },
    withdraw: async (attempt) => {
      const found = await find(attempt, attempt.pending)
      if (found !== null) await keys.remove(attempt, found.id)
    },
  }
}

/** Type and key, without the comment. */
const bare = (line: string): string => line.trim().split(/\s+/).slice(0, 2).join(' ')

const access = (isReadOnly: boolean): string => (isReadOnly ? 'reads' : 'writes')
