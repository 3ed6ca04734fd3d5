import { ago, isoTime } from '../../core/duration.ts'
import { fail, type SecretsError } from '../../core/errors.ts'
import type { Credential } from '../../core/rotate/credential.ts'
import type { LastUse, Listed } from './access-keys.ts'

const withId = (user: string, id: string): string => `--user-name ${user} --access-key-id ${id}`

const lookFor = (user: string): string => `look at them: aws iam list-access-keys --user-name ${user}`

export const notAmong = (name: string, user: string, at: string): SecretsError =>
  fail('CONFIG', `${name} is not among the access keys of ${user}`, {
    at,
    hint: `is \`user\` right, and was the key replaced elsewhere? ${lookFor(user)}`,
  })

/** Both ages and last uses. The key in force is shown by the name of its secret: its id is a value of the project. */
export const bothInUse = (
  keys: readonly (Listed & LastUse)[],
  about: {
    /** Its id. */
    readonly inForce: string | null
    readonly name: string
    readonly now: number
    readonly user: string
    readonly at: string
  },
): SecretsError => {
  const { inForce, name, now, user, at } = about
  const shown = keys.map(({ id, made, last, isActive }) => {
    const use = last === null ? 'never used' : `last used ${ago(last.at, now)} by ${last.service} in ${last.region}`
    const what = id === inForce ? `that of ${name}` : id
    return `${what} (made ${ago(made, now)}, ${use}${isActive ? '' : ', inactive'})`
  })
  const other = keys.find(({ id }) => id !== inForce)
  const end = other === undefined ? '' : `aws iam delete-access-key ${withId(user, other.id)}`
  const first =
    other?.isActive === true ? `aws iam update-access-key --status Inactive ${withId(user, other.id)}` : null
  return fail('CONFLICT', `both access keys that ${user} may have are in use: ${shown.join('; ')}`, {
    at,
    hint: first === null ? end : `${first}, and when nobody misses it: ${end}`,
  })
}

export const othersCame = (user: string, { id }: Credential): SecretsError =>
  fail('CONFLICT', `somebody else made access keys of ${user} since this rotation began`, {
    at: id,
    hint: `${lookFor(user)}; delete what nobody needs, then lockstep rotate --resume`,
  })

export const wasUsed = (
  key: string,
  last: NonNullable<LastUse['last']>,
  user: string,
  { id }: Credential,
): SecretsError =>
  fail('CONFLICT', `the access key ${key} is new and not ours: ${last.service} was asked with it ${isoTime(last.at)}`, {
    at: id,
    hint: `whoever made it may need it; else aws iam delete-access-key ${withId(user, key)}, then lockstep rotate --resume`,
  })

export const isGone = (user: string, { id }: Credential): SecretsError =>
  fail('CONFLICT', `the new access key is not among the active ones of ${user} any more`, {
    at: id,
    hint: `${lookFor(user)}; lockstep rotate --abort begins anew`,
  })

export const stillUsed = (last: NonNullable<LastUse['last']>, user: string, { id }: Credential): SecretsError =>
  fail(
    'CONFLICT',
    `the old access key was still used ${isoTime(last.at)}, by ${last.service} in ${last.region}: it is inactive now, and not deleted`,
    {
      at: id,
      hint:
        `find who has it; aws iam list-access-keys --user-name ${user} shows it, aws iam update-access-key --status Active ` +
        'lets it in again; without that, lockstep rotate --resume deletes it after another overlap',
    },
  )
