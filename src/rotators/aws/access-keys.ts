import type { RotatorPorts } from '../../core/rotators/rotator-ports.ts'
import { Secret } from '../../core/secret.ts'
import type { AccessKey } from '../../crypto/aws-signature.ts'
import type { Places } from './places.ts'
import { asking, granted, must, refusedWith, textIn, type Answer } from './query.ts'

/** One of a user's keys, as IAM lists it. */
export interface Listed {
  readonly id: string
  readonly isActive: boolean
  /** Milliseconds since 1970. */
  readonly made: number
}

/** AWS is hours behind with these. */
export interface LastUse {
  readonly user: string
  /** Null: never. */
  readonly last: { readonly at: number; readonly service: string; readonly region: string } | null
}

/** What IAM and STS are asked about the access keys of one user. */
export interface AccessKeys {
  list(user: string): Promise<readonly Listed[]>
  /** A refusal is an answer: a new key is not known everywhere at once. */
  tryList(user: string): Promise<Answer>
  /** Null: the user has as many as it may have. */
  create(user: string): Promise<AccessKey | null>
  activate(user: string, id: string, isActive: boolean): Promise<void>
  /** One that is gone is fine. */
  remove(user: string, id: string): Promise<void>
  lastUse(id: string): Promise<LastUse>
  /** Whose key signs, as an ARN. The same. */
  whoAmI(): Promise<Answer>
}

const keyId = /^[A-Z0-9]{16,128}$/
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$/
const word = /^[\w ./-]{1,64}$/

/** @param key signs what is asked */
export const accessKeys = (
  ports: Pick<RotatorPorts, 'http' | 'clock'>,
  places: Places,
  key: AccessKey,
  signal: AbortSignal,
): AccessKeys => {
  const ask = asking(ports, places)
  const iam = (action: string, parameters: Readonly<Record<string, string>>): Promise<Answer> =>
    ask({ service: 'iam', action, parameters, key, signal })
  const tryList = (user: string): Promise<Answer> => iam('ListAccessKeys', { UserName: user })
  return {
    tryList,
    list: async (user) => {
      const xml = granted(await tryList(user))
      const members = [...xml.matchAll(/<member>(.*?)<\/member>/gs)].map(([, member = '']) => listedIn(member))
      return members.map((member) => must(member, 'ListAccessKeys', places.iam))
    },
    create: async (user) => {
      const answer = await iam('CreateAccessKey', { UserName: user })
      if (answer.refused?.code === 'LimitExceeded') return null
      return must(createdIn(granted(answer)), 'CreateAccessKey', places.iam)
    },
    activate: async (user, id, isActive) => {
      const status = isActive ? 'Active' : 'Inactive'
      granted(await iam('UpdateAccessKey', { UserName: user, AccessKeyId: id, Status: status }))
    },
    remove: async (user, id) => {
      const { refused } = await iam('DeleteAccessKey', { UserName: user, AccessKeyId: id })
      if (refused !== null && refused.code !== 'NoSuchEntity') throw refusedWith(refused)
    },
    lastUse: async (id) => {
      const xml = granted(await iam('GetAccessKeyLastUsed', { AccessKeyId: id }))
      return must(lastUseIn(xml), 'GetAccessKeyLastUsed', places.iam)
    },
    whoAmI: () => ask({ service: 'sts', action: 'GetCallerIdentity', key, signal }),
  }
}

const listedIn = (xml: string): Listed | null => {
  const id = textIn(xml, 'AccessKeyId', keyId)
  const status = textIn(xml, 'Status', /^(Active|Inactive|Expired)$/)
  const made = textIn(xml, 'CreateDate', time)
  if (id === null || status === null || made === null) return null
  return { id, isActive: status === 'Active', made: Date.parse(made) }
}

const createdIn = (xml: string): AccessKey | null => {
  const id = textIn(xml, 'AccessKeyId', keyId)
  const secret = textIn(xml, 'SecretAccessKey', /^[\w+/=]{16,256}$/)
  return id === null || secret === null ? null : { id: new Secret(id), secret: new Secret(secret) }
}

const lastUseIn = (xml: string): LastUse | null => {
  const user = textIn(xml, 'UserName', userName)
  if (user === null) return null
  const date = textIn(xml, 'LastUsedDate', time)
  if (date === null) return /<LastUsedDate>\s*[^<\s]/.test(xml) ? null : { user, last: null }
  const [service, region] = ['ServiceName', 'Region'].map((name) => textIn(xml, name, word) ?? 'unknown')
  return { user, last: { at: Date.parse(date), service: service ?? 'unknown', region: region ?? 'unknown' } }
}

/** What IAM allows. */
export const userName: RegExp = /^[\w+=,.@-]{1,64}$/

/** The user's name of an ARN such as arn:aws:iam::123456789012:user/path/deploy; null where it is not one of a user. */
export const userIn = (xml: string): string | null => {
  const arn = textIn(xml, 'Arn', /^arn:[\w-]+:iam::\d{12}:user\/[\x21-\x7e]+$/)
  const name = arn?.split('/').at(-1)
  return name !== undefined && userName.test(name) ? name : null
}
