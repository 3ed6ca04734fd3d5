import sodium, { ready } from 'libsodium-wrappers'
import type { Answer, Call, State, StoredKey } from './github-fake.ts'
import { isApp } from './github-fake-logins.ts'

/** The least that the description takes for one of its schemas. */
type Sample = (schema: string) => object
type Handler = (call: Call) => Answer

/** Milliseconds until a revoked token is refused. */
const delay = 5000

/** What GitHub answers, by method and template; `*` stands for any place that has secrets. */
export const githubHandlers = async (state: State, sample: Sample): Promise<Readonly<Record<string, Handler>>> => {
  await ready
  return { ...secretCalls(state, sample), ...keyCalls(state), ...loginCalls(state, sample) }
}

const gone: Answer = { status: 404 }

/** Null: the caller may. */
const refused = ({ who, params }: Call, permission: string): Answer | null => {
  if (who === null || isApp(who)) return { status: 401 }
  const repository = params['repo'] === undefined ? null : `${params['owner']}/${params['repo']}`
  const isKnown = (params['owner'] ?? params['org']) === 'acme'
  if (!isKnown || (repository !== null && who.repositories?.includes(repository) === false)) return gone
  if (who.permissions?.includes(permission) !== false) return null
  return { status: 403, headers: { 'x-accepted-github-permissions': `${permission}=write` } }
}

const allowed =
  (permission: (call: Call) => string, handler: Handler): Handler =>
  (call) =>
    refused(call, permission(call)) ?? handler(call)

const secretCalls = ({ secrets, clock }: State, sample: Sample): Readonly<Record<string, Handler>> => {
  const { publicKey, privateKey } = sodium.crypto_box_keypair()
  const key_id = '568250167242549743'
  const permission = ({ place }: Call): string => {
    if (place.startsWith('/orgs/')) return 'organization_secrets'
    if (place.includes('/environments/')) return 'environments'
    return place.endsWith('/dependabot/secrets') ? 'dependabot_secrets' : 'secrets'
  }
  const nameOf = ({ params }: Call): string => (params['secret_name'] ?? '').toUpperCase()
  const shown: Handler = (call) => {
    const found = secrets(call.place).get(nameOf(call))
    if (found === undefined) return gone
    const { visibility, created_at, updated_at } = found
    return {
      status: 200,
      body: { name: nameOf(call), created_at, updated_at, ...(visibility === undefined ? {} : { visibility }) },
    }
  }
  const written: Handler = (call) => {
    const { encrypted_value = '', visibility, selected_repository_ids: selected = [] } = call.body
    if (call.body.key_id !== key_id) return { status: 422 }
    const box = Buffer.from(encrypted_value, 'base64')
    const value = new TextDecoder().decode(sodium.crypto_box_seal_open(box, publicKey, privateKey))
    const updated_at = moment(clock.now())
    const before = secrets(call.place).get(nameOf(call))
    const readers = visibility === undefined ? {} : { visibility, selected }
    secrets(call.place).set(nameOf(call), {
      value,
      created_at: before?.created_at ?? updated_at,
      updated_at,
      ...readers,
    })
    return before === undefined ? { status: 201, body: {} } : { status: 204 }
  }
  const readers: Handler = (call) => {
    const ids = secrets(call.place).get(nameOf(call))?.selected ?? []
    const all = ids.map((id) => ({ ...sample('minimal-repository'), id }))
    return { status: 200, body: { total_count: all.length, repositories: page(all, call.query) } }
  }
  return {
    'GET */secrets/public-key': allowed(permission, () => ({
      status: 200,
      body: { key_id, key: Buffer.from(publicKey).toString('base64') },
    })),
    'GET */secrets/{secret_name}': allowed(permission, shown),
    'PUT */secrets/{secret_name}': allowed(permission, written),
    'GET */secrets/{secret_name}/repositories': allowed(permission, readers),
    'DELETE */secrets/{secret_name}': allowed(permission, (call) =>
      secrets(call.place).delete(nameOf(call)) ? { status: 204 } : gone,
    ),
  }
}

const keyCalls = ({ keys, clock }: State): Readonly<Record<string, Handler>> => {
  let last = 100
  const administration = (): string => 'administration'
  const keysOf = ({ params }: Call): StoredKey[] => keys(`${params['owner']}/${params['repo']}`)
  const shown = (key: StoredKey): object => ({
    ...key,
    url: `https://api.github.com/keys/${key.id}`,
    created_at: moment(clock.now()),
    last_used: null,
  })
  const made: Handler = (call) => {
    // the comment is not kept
    const [, key = ''] = /^(ssh-ed25519 [A-Za-z0-9+/]{68})(?: .*)?$/.exec(call.body.key ?? '') ?? []
    const isTaken = keysOf(call).some((one) => one.key === key)
    if (key === '' || isTaken) return invalid('PublicKey', 'key')
    const { title = '', read_only = false } = call.body
    const one = { id: ++last, title, key, read_only, verified: true, enabled: true }
    keysOf(call).push(one)
    return { status: 201, body: shown(one) }
  }
  const removed: Handler = (call) => {
    const all = keysOf(call)
    const index = all.findIndex(({ id }) => String(id) === call.params['key_id'])
    if (index < 0) return gone
    all.splice(index, 1)
    return { status: 204 }
  }
  const [list, item] = ['/repos/{owner}/{repo}/keys', '/repos/{owner}/{repo}/keys/{key_id}']
  return {
    [`GET ${list}`]: allowed(administration, (call) => ({
      status: 200,
      body: page(keysOf(call), call.query).map(shown),
    })),
    [`POST ${list}`]: allowed(administration, made),
    [`DELETE ${item}`]: allowed(administration, removed),
  }
}

const loginCalls = ({ accounts, apps, clock }: State, sample: Sample): Readonly<Record<string, Handler>> => {
  const installed: Handler = ({ who, params }) => {
    if (!isApp(who)) return { status: 401 }
    const id = apps.indexOf(who) + 1
    const isThere = (params['owner'] ?? params['org']) === 'acme'
    return isThere ? { status: 200, body: { ...sample('installation'), id } } : gone
  }
  const token: Handler = ({ who, params, body }) => {
    if (!isApp(who)) return { status: 401 }
    if (apps.indexOf(who) + 1 !== Number(params['installation_id'])) return gone
    const permissions = Object.keys(body.permissions ?? {})
    if (permissions.some((one) => !who.permissions.includes(one))) return invalid('Installation', 'permissions')
    const repositories = body.repositories?.map((name) => `acme/${name}`)
    const made = `ghs_${crypto.randomUUID()}`
    const endsAt = clock.now() + 3_600_000
    const limits = repositories === undefined ? {} : { repositories }
    accounts.set(made, { login: `${who.slug}[bot]`, permissions, endsAt, ...limits })
    return { status: 201, body: { token: made, expires_at: moment(endsAt) } }
  }
  const revoked: Handler = ({ who, body }) => {
    if (who !== null) return { status: 403 }
    for (const one of body.credentials ?? []) {
      const account = accounts.get(one)
      if (account !== undefined) account.endsAt = clock.now() + delay
    }
    return { status: 202, body: {} }
  }
  const user: Handler = ({ who }) => {
    if (who === null || isApp(who)) return { status: 401 }
    const { login, scopes, expires } = who
    const headers = {
      ...(scopes === undefined ? {} : { 'x-oauth-scopes': scopes.join(', ') }),
      ...(expires === undefined ? {} : { 'github-authentication-token-expiration': expires }),
    }
    return { status: 200, body: { ...sample('private-user'), login }, headers }
  }
  return {
    'GET /user': user,
    'GET /app': ({ who }) =>
      isApp(who) ? { status: 200, body: { ...sample('integration'), slug: who.slug } } : { status: 401 },
    'GET /repos/{owner}/{repo}/installation': installed,
    'GET /orgs/{org}/installation': installed,
    'POST /app/installations/{installation_id}/access_tokens': token,
    'POST /credentials/revoke': revoked,
  }
}

const invalid = (resource: string, field: string): Answer => ({
  status: 422,
  body: { errors: [{ resource, code: 'custom', field, message: 'canary-of-an-answer' }] },
})

const page = <T>(all: readonly T[], query: URLSearchParams): readonly T[] => {
  const [number, size] = [Number(query.get('page') ?? 1), Math.min(Number(query.get('per_page') ?? 30), 100)]
  return all.slice((number - 1) * size, number * size)
}

/** In seconds, as GitHub tells it. */
const moment = (now: number): string => `${new Date(now).toISOString().slice(0, 19)}Z`
