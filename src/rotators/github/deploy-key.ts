import { fail } from '../../core/errors.ts'
import type { Attempt, Rotator, Step, Values } from '../../core/rotate/rotator.ts'
import { partOf } from '../../core/rotate/settings.ts'
import { Secret } from '../../core/secret.ts'
import { flag, integer, list, nullable, shape, text, type Shape } from '../../core/shape.ts'
import { makeSshKeyPair, sshPublicOf } from '../../crypto/open-ssh-key.ts'
import { nothing, type Asked } from './api.ts'
import { appId, loginSettings, type Reach } from './login.ts'
import type { Opening } from './opening.ts'
import { repositoryIn } from './target.ts'

export const deployKeySettings: readonly string[] = [
  'repository',
  'title',
  'read_only',
  'private',
  'public',
  ...loginSettings,
]

interface DeployKey {
  readonly id: number
  readonly key: string
  readonly title: string
  readonly verified: boolean
  readonly read_only: boolean
  /** False where the organisation does not allow them (any more); null: an older server. */
  readonly enabled: boolean | null
}

/** It becomes a mark, which is shown. */
const title: Shape<string> = (value, at) => text(value, at).replace(/\p{C}/gu, '').slice(0, 100)

const deployKey = shape<DeployKey>({
  id: integer,
  key: text,
  title,
  verified: flag,
  read_only: flag,
  enabled: nullable(flag),
})

/** An ed25519 pair whose public half may read (or write) one repository. GitHub cannot change one: the new one is added
 *  beside the old one, which goes by its id. */
export const deployKeyKind = ({ credential, settings, api, login }: Opening): Rotator => {
  const [only = ''] = credential.names
  const secret =
    credential.names.length === 1 ? only : partOf(credential, settings, 'private', ['PRIVATE', 'PRIVATE_KEY'])
  const open = credential.names.length === 1 ? null : partOf(credential, settings, 'public', ['PUBLIC', 'PUBLIC_KEY'])
  const reach: Reach = { ...repositoryIn(settings), permissions: { administration: 'write' } }
  const [wantedTitle, wantedRights] = [settings.text('title'), settings.flag('read_only')]
  /** GitHub deletes deploy keys together with the personal access token that made them. */
  const isToken = appId(credential.rotate) === null
  const path = `/repos/${reach.owner}/${reach.repository ?? ''}/keys`

  const call = async (step: Step, tail = ''): Promise<Asked> => ({
    path: `${path}${tail}`,
    token: await login.token(step, reach),
    signal: step.signal,
    at: reach.at,
  })
  const keys = async (step: Step): Promise<readonly DeployKey[]> => {
    const found = await api.all(await call(step), list(deployKey))
    if (found !== null) return found
    throw fail('CONFIG', 'there is no such repository at GitHub, or the login may not administer it', {
      at: reach.at,
      hint: 'is its name right? the login needs the permission administration=write',
    })
  }
  /** The public half of these values, as GitHub lists it. */
  const halfOf = (values: Values): string | null => {
    const value = values.get(secret)
    const line = open === null ? undefined : values.get(open)
    return (value === undefined ? null : sshPublicOf(value)) ?? (line === undefined ? null : bare(line.reveal()))
  }
  /** Null: none of the keys there is this one. @throws CONFLICT where that cannot be told */
  const find = async (step: Step, values: Values): Promise<DeployKey | null> => {
    const half = halfOf(values)
    const all = await keys(step)
    if (half === null && values.has(secret)) throw unreadable(secret, reach.at)
    return all.find(({ key }) => bare(key) === half) ?? null
  }
  const remove = async (step: Step, id: number): Promise<void> => {
    // 404: it is gone already
    await api.ask({ ...(await call(step, `/${id}`)), method: 'DELETE' }, nothing)
  }
  const added = async (attempt: Attempt): Promise<DeployKey> => {
    const found = await find(attempt, attempt.pending)
    if (found !== null) return found
    const { title: called = credential.id, read_only = 'true' } = attempt.marks
    const body = { title: called, key: halfOf(attempt.pending) ?? '', read_only: read_only !== 'false' }
    const answer = await api.ask({ ...(await call(attempt)), method: 'POST', body }, deployKey)
    if (answer !== null) return answer.value
    throw fail('CONFIG', 'the keys may be listed at GitHub, and none may be added', {
      at: reach.at,
      hint: 'the login needs the permission administration=write',
    })
  }

  return {
    oldStays: 'both',
    look: async (held) => {
      const now = await find(held, held.values)
      const note = now === null ? 'none of its keys is ours yet' : `key ${now.id}, ${access(now.read_only)}`
      return {
        note: [`${reach.at}: ${note}`, ...(isToken ? ['ends when the token that adds it is deleted'] : [])].join(', '),
      }
    },
    propose: async (held) => {
      const former = await find(held, held.values)
      const isReadOnly = wantedRights ?? former?.read_only ?? true
      const pair = makeSshKeyPair(credential.id)
      return {
        values: new Map([[secret, pair.private], ...(open === null ? [] : [[open, new Secret(pair.public)] as const])]),
        marks: {
          title: wantedTitle ?? former?.title ?? credential.id,
          read_only: String(isReadOnly),
          ...(former === null ? {} : { old: String(former.id) }),
        },
      }
    },
    install: async (attempt) => {
      const { id } = await added(attempt)
      return { values: attempt.pending, marks: { ...attempt.marks, new: String(id) } }
    },
    verify: async (attempt) => {
      const found = await find(attempt, attempt.pending)
      const isGood = found?.verified === true && found.enabled !== false
      if (isGood && String(found.read_only) === (attempt.marks['read_only'] ?? 'true')) return
      throw fail('DENIED', `the new key is not ${found === null ? 'listed' : 'accepted as it is'} by GitHub`, {
        at: reach.at,
        hint: 'its settings, Deploy keys, and whether the organisation allows them: lockstep rotate --abort',
      })
    },
    retire: async (attempt) => {
      const found = await find(attempt, attempt.former)
      if (found !== null) await remove(attempt, found.id)
    },
    withdraw: async (attempt) => {
      const found = await find(attempt, attempt.pending)
      if (found !== null) await remove(attempt, found.id)
    },
  }
}

/** Type and key, without the comment. */
const bare = (line: string): string => line.trim().split(/\s+/).slice(0, 2).join(' ')

const access = (isReadOnly: boolean): string => (isReadOnly ? 'reads' : 'writes')

const unreadable = (secret: string, at: string): Error =>
  fail('CONFLICT', `which of the deploy keys ${secret} belongs to cannot be told`, {
    at,
    hint: 'it is no private key without a passphrase, and no secret holds its public half (`public:`)',
  })
