import { parseDocument } from 'yaml'
import { fail } from '../errors.ts'
import { pathWord } from '../host-text.ts'

/** What a compose file says of one service, as far as secrets go: names, never values. */
export interface ComposeService {
  readonly name: string
  /** Names under `environment:`. */
  readonly variables: readonly string[]
  /** Those with a value of their own in the file. */
  readonly inPlainText: readonly string[]
  readonly readsEnvFile: boolean
  /** Numeric `user:`; null for none and for a name. */
  readonly uid: number | null
  /** Where, inside, a password of ours is mounted by hand; null: nowhere. */
  readonly mount: string | null
}

/** @throws CONFIG for what is no compose file */
export const readComposeServices = (text: string, at: string): readonly ComposeService[] => {
  const document = parseDocument(text, { merge: true, logLevel: 'error', prettyErrors: false })
  if (document.errors.length > 0)
    throw fail('CONFIG', 'not readable YAML', { at, hint: `docker compose -f ${pathWord(at)} config says where` })
  const data: unknown = document.toJS({ maxAliasCount: 1000 })
  const services = isRecord(data) ? data['services'] : undefined
  if (!isRecord(services)) {
    throw fail('CONFIG', 'no compose file: it has no `services`', { at, hint: 'is this the right file?' })
  }
  return Object.entries(services).flatMap(([name, found]) => (isRecord(found) ? [readService(name, found)] : []))
}

type Data = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value)

const readService = (name: string, service: Data): ComposeService => {
  const variables = readVariables(service['environment'])
  const uid = /^(\d{1,9})(:\d+)?$/.exec(String(service['user'] ?? ''))?.[1]
  return {
    name,
    variables: variables.map((one) => one.name),
    inPlainText: variables.filter((one) => one.hasValue).map((one) => one.name),
    readsEnvFile: service['env_file'] !== undefined,
    uid: uid === undefined || uid === '0' ? null : Number(uid),
    mount: mountOf(service['volumes']),
  }
}

/** A list of NAME=value and NAME, or a map; what is only passed on (`$NAME`, no value) is not plain text. */
const readVariables = (environment: unknown): readonly { readonly name: string; readonly hasValue: boolean }[] => {
  const pairs: readonly (readonly [string, unknown])[] = Array.isArray(environment)
    ? environment.map((line) => splitPair(String(line)))
    : isRecord(environment)
      ? Object.entries(environment)
      : []
  return pairs.map(([name, value]) => ({ name, hasValue: !/^$|^\$\{?[A-Za-z_]/.test(String(value ?? '')) }))
}

const splitPair = (line: string): readonly [string, string] => {
  const [name = '', ...rest] = line.split('=')
  return [name, rest.join('=')]
}

const mountOf = (volumes: unknown): string | null => {
  const targets = (Array.isArray(volumes) ? volumes : []).map((one: unknown) =>
    isRecord(one) ? String(one['target'] ?? '') : (String(one).split(':')[1] ?? ''),
  )
  const found = targets.find((target) => target.endsWith('/vault-password'))
  return found === undefined ? null : found.slice(0, -'/vault-password'.length)
}
