import type { Credential } from '../../core/rotate/credential.ts'
import type { RedisServer } from '../../core/rotators/redis-door.ts'
import type { Values } from '../../core/rotate/rotator.ts'
import { partIfAny, partOf, type Settings } from '../../core/rotators/settings.ts'
import { isLoopback } from '../../core/loopback.ts'
import { quoteName } from '../../core/names.ts'
import { Secret } from '../../core/secret.ts'

/** Which secrets of the credential hold the password, and where the servers are. */
export interface Address {
  /** @throws CONFIG where neither the settings nor the URL in force say it */
  servers(values: Values): readonly RedisServer[]
  user(values: Values): string
  /** Whether a setting names the user: else its name is part of a value. */
  isUserTold(values: Values): boolean
  /** The user for errors. */
  calledUser(values: Values): string
  /** Null: there is none yet. */
  password(values: Values): Secret | null
  /** All secrets of the credential with another password in them. @throws CONFIG for a URL that is not there, or is none */
  withPassword(values: Values, password: string): Values
}

interface RedisUrl {
  readonly scheme: string
  readonly user: string
  readonly password: string
  readonly host: string
  readonly port: number | null
  /** From behind the `@` on. */
  readonly rest: string
}

/** @throws CONFIG */
export const addressOf = (credential: Credential, settings: Settings): Address => {
  const urlName = partIfAny(credential, settings, 'url', ['URL'])
  const passwordName = partIfAny(credential, settings, 'password', ['PASSWORD'])
  if (urlName === null && passwordName === null) partOf(credential, settings, 'password', ['PASSWORD'])
  const [host, tls, user] = [settings.text('host'), settings.flag('tls'), settings.text('user')]
  const port = settings.integer('port', { from: 1, to: 65_535 }) ?? 6379
  const nodes = settings.texts('nodes')?.map((node) => nodeOf(node, settings)) ?? null
  const hint = 'rotate: { host: redis.example.com, port: 6379, tls: true }'

  const urlIn = (values: Values): RedisUrl | null => {
    const value = urlName === null ? undefined : values.get(urlName)
    return value === undefined ? null : parseRedisUrl(value.reveal())
  }
  const checked = (server: RedisServer): RedisServer => {
    if (server.tls || tls === false || isLoopback(bracketed(server.host))) return server
    const what = `${server.called ?? server.host} would be sent passwords in the clear`
    throw settings.wrong('tls', what, 'tls: true; or tls: false where the network between is trusted')
  }
  const servers = (values: Values): readonly RedisServer[] => {
    const url = urlIn(values)
    const isSecure = tls ?? url?.scheme === 'rediss:'
    if (nodes !== null) return nodes.map((node) => checked({ ...node, tls: isSecure }))
    if (host !== null) return [checked({ host, port, tls: isSecure })]
    if (url === null) throw settings.wrong('host', 'nobody says where the server is', hint)
    const called = `the server of ${urlName ?? 'its address'}`
    return [checked({ host: url.host, port: url.port ?? port, tls: isSecure, called })]
  }
  const userIn = (values: Values): string => {
    const named = urlIn(values)?.user ?? ''
    if (user !== null && named !== '' && named !== user) {
      throw settings.wrong('user', `the address in ${urlName ?? ''} names another user`)
    }
    return user ?? (named === '' ? 'default' : named)
  }
  const isUserTold = (values: Values): boolean => user !== null || userIn(values) === 'default'
  return {
    servers,
    user: userIn,
    isUserTold,
    calledUser: (values) => (isUserTold(values) ? quoteName(userIn(values)) : `that ${urlName ?? 'its address'} names`),
    password: (values) => {
      const own = passwordName === null ? undefined : values.get(passwordName)
      if (own !== undefined) return own
      const password = urlIn(values)?.password ?? ''
      return password === '' ? null : new Secret(password)
    },
    withPassword: (values, password) => {
      const result = new Map<string, Secret>()
      if (passwordName !== null) result.set(passwordName, new Secret(password))
      if (urlName === null) return result
      const url = urlIn(values)
      if (url === null) {
        throw settings.wrong('url', `${urlName} holds no redis:// address`, `lockstep set ${urlName}`)
      }
      const account = `${encodeURIComponent(url.user)}:${encodeURIComponent(password)}`
      return result.set(urlName, new Secret(`${url.scheme}//${account}@${url.rest}`))
    },
  }
}

const nodeOf = (node: string, settings: Settings): Pick<RedisServer, 'host' | 'port'> => {
  const found = hostAndPort(node)
  if (found !== null) return { host: found.host, port: found.port ?? 6379 }
  throw settings.wrong('nodes', 'each must be HOST or HOST:PORT')
}

const hostAndPort = (text: string): { readonly host: string; readonly port: number | null } | null => {
  const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_][A-Za-z0-9._-]*))(?::(\d{1,5}))?$/.exec(text)
  if (found === null) return null
  const [, six, name = '', port] = found
  const number = port === undefined ? null : Number(port)
  return number === 0 || (number ?? 1) > 65_535 ? null : { host: six ?? name, port: number }
}

/** Taken apart by hand: what is not the password stays as it was written. Null for another kind of address. */
const parseRedisUrl = (text: string): RedisUrl | null => {
  const found = /^(rediss?:)\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?(([^@/?#]*)(?:[/?#].*)?)$/.exec(text.trim())
  if (found === null) return null
  const [, scheme = '', user = '', password = '', rest = '', host = ''] = found
  const [name, secret, place] = [decoded(user), decoded(password), hostAndPort(host)]
  return name === null || secret === null || place === null
    ? null
    : { scheme, user: name, password: secret, ...place, rest }
}

const decoded = (text: string): string | null => {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)
