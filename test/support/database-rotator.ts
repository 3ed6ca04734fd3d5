/** What tests of rotators at a real database share: a credential of two users that take turns, and one of a single user. */
import type { Attempt, Held, Rotator, RotatorKind, Step, Values } from '../../src/core/rotate/rotator.ts'
import type { RotatorPorts } from '../../src/core/rotators/rotator-ports.ts'
import type { SqlServer } from '../../src/core/rotators/sql.ts'
import { Secret } from '../../src/core/secret.ts'
import { sql } from '../../src/io/sql.ts'
import { rotatorConformance, type Upstream } from '../conformance/rotator.ts'
import { lossyTcp, silentPort } from './lossy-tcp.ts'
import { credentialOf, rotatorPorts } from './rotator.ts'

export const adminPassword = 'canary-of-an-administrator'
export const admin: Settings = { admin: 'DB_ADMIN', admin_user: 'rotator' }

type Settings = Readonly<Record<string, unknown>>

const both = ['DB_USER', 'DB_PASSWORD']
const ports = rotatorPorts()

export const step: Step = {
  secret: (name) => (name === 'DB_ADMIN' ? new Secret(adminPassword) : null),
  signal: new AbortController().signal,
  isEmergency: false,
}

export const valuesOf = (values: Readonly<Record<string, string>>): Values =>
  new Map(Object.entries(values).map(([name, value]) => [name, new Secret(value)]))

export const held = (values: Readonly<Record<string, string>>): Held => ({ ...step, values: valuesOf(values) })

export const said = (values: Values, name: string): string => values.get(name)?.reveal() ?? ''

/** Proposed and installed. */
export const begun = async (rotator: Rotator, { values, isEmergency }: Held): Promise<Attempt> => {
  const { values: pending, marks } = await rotator.propose({ ...step, isEmergency, values })
  const attempt = { ...step, isEmergency, former: values, pending, marks }
  await rotator.install(attempt)
  return attempt
}

export interface Users {
  readonly users: readonly [string, string]
  /** Of the first: the other may not log in. */
  readonly password: string
}

/** One server, as its tests see it from outside the rotator. */
export interface DatabaseServer {
  /** The rotator's name. */
  readonly name: string
  readonly kind: RotatorKind
  readonly port: number
  /** Settings that say where it is. */
  readonly here: Settings
  newUsers(): Promise<Users>
  lets(user: string, password: string): Promise<boolean>
  /** How many of these may log in. */
  mayLogIn(users: readonly string[]): Promise<number>
  /** What was sent changes a password. */
  isChange(sent: string): boolean
}

export interface DatabaseUpstreams {
  /** A port of the server where answers to what changes a password can get lost. */
  behindProxy(): ReturnType<typeof lossyTcp>
  open(settings: Settings, names?: readonly string[], doors?: RotatorPorts): Rotator
  /** Two users, behind a proxy that can lose answers. */
  pair(settings?: Settings): Promise<Upstream>
  /** One user, as well. */
  single(settings?: Settings): Promise<Upstream>
}

export const upstreamsAt = (server: DatabaseServer): DatabaseUpstreams => {
  const { name, kind, here } = server
  const open: DatabaseUpstreams['open'] = (settings, names = both, doors = ports) =>
    kind.open(credentialOf({ group: 'db', names }, { with: name, ...settings }), doors)
  const behindProxy: DatabaseUpstreams['behindProxy'] = () => lossyTcp(server.port, server.isChange)
  const throughProxy = async (
    settings: Settings,
    names: readonly string[],
  ): Promise<Pick<Upstream, 'rotator' | 'loseAnswers' | 'hearAgain'>> => {
    const { port, loseAnswers, hearAgain } = await behindProxy()
    return { rotator: open({ ...here, port, ...settings }, names), loseAnswers, hearAgain }
  }
  return {
    behindProxy,
    open,
    pair: async (settings = {}) => {
      const { users, password } = await server.newUsers()
      return {
        ...(await throughProxy({ ...admin, users, ...settings }, both)),
        values: valuesOf({ DB_USER: users[0], DB_PASSWORD: password }),
        shown: ['DB_USER'],
        secrets: valuesOf({ DB_ADMIN: adminPassword }),
        accepts: (values) => server.lets(said(values, 'DB_USER'), said(values, 'DB_PASSWORD')),
        count: () => server.mayLogIn(users),
      }
    },
    single: async (settings = {}) => {
      const { users, password } = await server.newUsers()
      const [user] = users
      return {
        ...(await throughProxy({ user, ...settings }, ['DB_PASSWORD'])),
        values: valuesOf({ DB_PASSWORD: password }),
        secrets: valuesOf({ DB_ADMIN: adminPassword }),
        accepts: (values) => server.lets(user, said(values, 'DB_PASSWORD')),
      }
    },
  }
}

/** What every database's rotator has to keep to, with two users and with one. */
export const databaseConformance = (
  { name, here }: DatabaseServer,
  { open, pair, single }: DatabaseUpstreams,
): void => {
  const byNobody = valuesOf({ DB_ADMIN: 'canary-of-nobody' })
  rotatorConformance(`${name}, two users`, () => pair(), {
    refused: async () => ({ ...(await pair()), secrets: byNobody }),
    silent: async () => {
      const upstream = await pair()
      const settings = { ...here, ...admin, users: ['app_a', 'app_b'], port: await silentPort() }
      const values = valuesOf({ DB_USER: 'app_a', DB_PASSWORD: 'canary-of-silence' })
      return { ...upstream, values, rotator: open(settings, both, rotatorPorts({ sql: hasty })) }
    },
  })
  rotatorConformance(`${name}, one user by itself`, () => single(), {
    refused: async () => ({ ...(await single()), values: valuesOf({ DB_PASSWORD: 'canary-of-nobody' }) }),
  })
  rotatorConformance(`${name}, one user by an administrator`, () => single(admin), {
    refused: async () => ({ ...(await single(admin)), secrets: byNobody }),
  })
}

/** While this user has a conversation open, with which it can ask. */
export const withSession = (
  server: SqlServer,
  { user, password }: { readonly user: string; readonly password: string },
  work: (ask: () => Promise<unknown>) => Promise<void>,
): Promise<void> =>
  sql.session({ server, user, as: 'a container', password: new Secret(password), signal: step.signal }, (session) =>
    work(() => session.rows('SELECT 1')),
  )

const hasty: RotatorPorts['sql'] = {
  session: (login, work) => sql.session({ ...login, timeout: 300 }, work),
  isPassword: (login) => sql.isPassword({ ...login, timeout: 300 }),
}
