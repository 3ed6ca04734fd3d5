/** A database's address as programs are given it: `postgresql://user:password@host:5432/name?sslmode=verify-full`. */
export interface DatabaseUrl {
  readonly user: string | null
  readonly password: string | null
  /** Null where it has none, or several. */
  readonly host: string | null
  readonly port: number | null
  readonly database: string | null
  /** Has parameters that would win over the login before the host. */
  readonly hasOtherLogin: boolean
}

interface Pieces {
  readonly scheme: string
  /** Without the `@`. */
  readonly login: string | null
  readonly hosts: string
  /** The path and all behind it, as it is. */
  readonly rest: string
}

// The login ends at the last @ before the path, as every client reads it.
const form = /^([a-z][a-z0-9]*(?:\+[a-z0-9_]+)?:\/\/)(?:([^/?#]*)@)?([^/?#@]*)([/?#].*)?$/is

const piecesOf = (url: string): Pieces | null => {
  const [, scheme, login, hosts, rest] = form.exec(url) ?? []
  if (scheme === undefined || hosts === undefined) return null
  return { scheme, login: login ?? null, hosts, rest: rest ?? '' }
}

/** Null for what is no such address. */
export const readDatabaseUrl = (url: string, schemes: readonly string[]): DatabaseUrl | null => {
  const pieces = piecesOf(url)
  const isKnown = schemes.includes(pieces?.scheme.toLowerCase().replace(/(\+.*)?:\/\/$/, '') ?? '')
  if (pieces === null || !isKnown) return null
  const [, host, port] = /^(\[[^\]]*\]|[^:,]*)(?::(\d{1,5}))?$/.exec(pieces.hosts) ?? []
  if (host === undefined && !pieces.hosts.includes(',')) return null
  const [path = '', query = ''] = pieces.rest.replace(/#.*$/s, '').split('?', 2)
  const parameters = new URLSearchParams(query)
  const [user, password] = splitLogin(pieces.login)
  try {
    return {
      user: decoded(user),
      password: decoded(password),
      host: decoded(host?.replace(/^\[|\]$/g, '')) ?? parameters.get('host'),
      port: port === undefined ? null : Number(port),
      database: decoded(path.slice(1)),
      hasOtherLogin: ['user', 'password'].some((name) => parameters.has(name)),
    }
  } catch {
    // of decodeURIComponent: a % that stands for nothing
    return null
  }
}

/** The same address for somebody else. Null for what is no such address. */
export const withLogin = (url: string, user: string, password: string): string | null => {
  const pieces = piecesOf(url)
  if (pieces === null) return null
  const { scheme, hosts, rest } = pieces
  return `${scheme}${encodeURIComponent(user)}:${encodeURIComponent(password)}@${hosts}${rest}`
}

const splitLogin = (login: string | null): readonly [string | undefined, string | undefined] => {
  if (login === null) return [undefined, undefined]
  const colon = login.indexOf(':')
  return colon < 0 ? [login, undefined] : [login.slice(0, colon), login.slice(colon + 1)]
}

const decoded = (text: string | undefined): string | null =>
  text === undefined || text === '' ? null : decodeURIComponent(text)
