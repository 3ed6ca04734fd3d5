import { fail } from '../../core/errors.ts'
import { readDatabaseUrl, withLogin } from '../../core/rotators/database-url.ts'
import type { Credential } from '../../core/rotate/credential.ts'
import type { Values } from '../../core/rotate/rotator.ts'
import { partIfAny, type Settings } from '../../core/rotators/settings.ts'
import { Secret } from '../../core/secret.ts'

/** The settings about who logs in, and where in the credential that stands. */
export const accountSettings: readonly string[] = ['user', 'users', 'user_key', 'password_key', 'url_key']

/** Who logs in with what. */
export interface Account {
  readonly user: string
  readonly password: Secret
}

/** Whose credential it is, and how it is written down. */
export interface Accounts {
  /** Two that take turns, or one: they may be said, as the settings name them. */
  readonly users: readonly [string] | readonly [string, string]
  /** The key that is an address; null: none is. */
  readonly urlKey: string | null
  /** Keys that get a new value. */
  readonly changes: readonly string[]
  /** The login in these values; null where there is no password yet. @throws CONFIG where they are not clear */
  in(values: Values): Account | null
  /** The address in these values; null where none of the keys is one. @throws CONFIG where it is none */
  addressIn(values: Values): ReturnType<typeof readDatabaseUrl>
  /** What changes of these values for this login. */
  written(values: Values, account: Account): Values
}

const endings = { user: ['USER', 'USERNAME'], password: ['PASSWORD'], url: ['URL'] } as const

/** @throws CONFIG */
export const accountsOf = (credential: Credential, settings: Settings, schemes: readonly string[]): Accounts => {
  const part = (name: keyof typeof endings): string | null =>
    partIfAny(credential, settings, `${name}_key`, endings[name])
  const [userKey, passwordKey, urlKey] = [part('user'), part('password'), part('url')]
  const users = usersIn(settings)
  if (passwordKey === null && urlKey === null) {
    throw settings.wrong(
      'password_key',
      `no key of ${credential.group} is a password or a URL`,
      'name it: password_key: NAME',
    )
  }
  if (users.length === 2 && userKey === null && urlKey === null) {
    throw settings.wrong('user_key', 'with two users a key must hold the name of the one in force', 'user_key: NAME')
  }
  const bad = (name: string, what: string): Error =>
    fail('CONFIG', `${name} ${what}`, { at: credential.id, hint: `lockstep set ${name} --group ${credential.group}` })
  const addressIn = (values: Values): ReturnType<typeof readDatabaseUrl> => {
    const text = urlKey === null ? undefined : values.get(urlKey)?.reveal()
    if (urlKey === null || text === undefined) return null
    const address = readDatabaseUrl(text, schemes)
    if (address === null)
      throw bad(urlKey, `is no address of the form ${schemes[0] ?? ''}://user:password@host/database`)
    if (address.hasOtherLogin) throw bad(urlKey, 'has a login in its parameters: only one before the host is replaced')
    return address
  }
  const accountIn = (values: Values): Account | null => {
    const address = addressIn(values)
    const given = {
      user: userKey === null ? null : (values.get(userKey)?.reveal() ?? null),
      password: passwordKey === null ? null : (values.get(passwordKey)?.reveal() ?? null),
    }
    for (const name of ['user', 'password'] as const) {
      const [one, other] = [given[name], address?.[name] ?? null]
      if (urlKey !== null && one !== null && other !== null && one !== other)
        throw bad(urlKey, `has another ${name} than its group`)
    }
    const user = given.user ?? address?.user ?? (users.length === 1 ? users[0] : null)
    // the library would look for one elsewhere in place of an empty one
    const password = given.password || address?.password || null
    return user === null || password === null ? null : { user, password: new Secret(password) }
  }
  return {
    users,
    urlKey,
    changes: [users.length === 2 ? userKey : null, passwordKey, urlKey].filter((key) => key !== null),
    addressIn,
    in: accountIn,
    written: (values, { user, password }) => {
      const all: [string, Secret][] = []
      if (userKey !== null && users.length === 2) all.push([userKey, new Secret(user)])
      if (passwordKey !== null) all.push([passwordKey, password])
      const url = urlKey === null ? undefined : values.get(urlKey)
      if (urlKey !== null) {
        const text = url === undefined ? null : withLogin(url.reveal(), user, password.reveal())
        if (text === null) throw bad(urlKey, 'has no value yet of which the login could be replaced')
        all.push([urlKey, new Secret(text)])
      }
      return new Map(all)
    },
  }
}

const usersIn = (settings: Settings): Accounts['users'] => {
  const [one, several] = [settings.text('user'), settings.texts('users')]
  if (one !== null && several !== null)
    throw settings.wrong('users', 'stands beside user', 'one of both: users of two, or user')
  if (one !== null) return [checkedName(settings, 'user', one)]
  if (several === null)
    throw settings.wrong('users', 'is missing', 'users: [app_a, app_b], or user: NAME for one alone')
  const [first, second, ...more] = several
  if (first === undefined || second === undefined || first === second || more.length > 0)
    throw settings.wrong('users', 'must be two users that take turns', 'users: [app_a, app_b]')
  return [checkedName(settings, 'users', first), checkedName(settings, 'users', second)]
}

const checkedName = (settings: Settings, setting: string, user: string): string => {
  // a server cuts what is longer, in bytes
  if (Buffer.byteLength(user) <= 63 && !/\p{Cc}/u.test(user)) return user
  throw settings.wrong(setting, 'a name has at most 63 bytes and no control characters')
}
