import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Http, HttpReply } from '../../src/core/ports.ts'
import { Secret } from '../../src/core/secret.ts'
import { makeKeyPair } from '../../src/crypto/key-pair.ts'
import { http } from '../../src/io/http.ts'
import { github } from '../../src/rotators/github/index.ts'
import { rotatorConformance, type Upstream } from '../conformance/rotator.ts'
import { authName, begun, githubBench, installed, look } from '../support/github.ts'
import type { StoredSecret } from '../support/github-fake.ts'
import { credentialOf } from '../support/rotator.ts'
import { refusal } from '../support/refusal.ts'

const bench = githubBench()
const { clock } = bench
const name = 'SESSION_KEY'
const kind = { kind: 'secret', auth: authName, breaks: 'sessions' }

let made = 0
const newRepository = (): string => `r${++made}`

const placeOf = (to: string): string => {
  const [where = '', owner = '', repository = '', environment = ''] = to.split(/[:/]/)
  if (where === 'org') return `/orgs/${owner}/actions/secrets`
  const under = where === 'environment' ? `environments/${environment}` : where
  return `/repos/${owner}/${repository}/${under}/secrets`
}

const put = (to: string, as: string, value: string, over: Partial<StoredSecret> = {}): void => {
  const created_at = '2026-01-01T00:00:00Z'
  bench
    .fake()
    .secrets(placeOf(to))
    .set(as, { value, created_at, updated_at: created_at, ...over })
}

interface Wanted {
  readonly to: readonly string[]
  readonly as?: string
  readonly settings?: Readonly<Record<string, unknown>>
  readonly secrets?: ReadonlyMap<string, Secret>
  readonly values?: Readonly<Record<string, string>>
}

const stored = (to: string, as = name): string | undefined => bench.fake().secrets(placeOf(to)).get(as)?.value

/** A secret that GitHub has in all these places already. */
const upstream = ({ to, as = name, settings = {}, secrets = bench.secrets(), values }: Wanted): Upstream => ({
  rotator: bench.open({ names: [name], settings: { ...kind, to, ...(as === name ? {} : { name: as }), ...settings } }),
  values: new Map(Object.entries(values ?? { [name]: 'canary-of-the-old-one' }).map(([n, v]) => [n, new Secret(v)])),
  secrets,
  accepts: async (all) => to.every((one) => stored(one, as) === all.get(name)?.reveal()),
  count: async () => to.filter((one) => stored(one, as) !== undefined).length,
  ...bench.losing,
})

const everywhere = (): Wanted =>
  at((repository) => [
    `actions:${repository}`,
    `dependabot:${repository}`,
    `environment:${repository}/prod`,
    'org:acme',
  ])

const inTwo = (): Wanted => at((repository) => [`actions:${repository}`, 'org:acme'])

const at = (places: (repository: string) => readonly string[]): Wanted => {
  const [repository, as] = [`acme/${newRepository()}`, `SESSION_${made}`]
  const to = places(repository)
  for (const one of to) put(one, as, 'canary-of-the-old-one', one === 'org:acme' ? { visibility: 'private' } : {})
  return { to, as }
}

const known = (over: Omit<Wanted, 'to'> = {}): Upstream & { readonly to: string } => {
  const to = `actions:acme/${newRepository()}`
  put(to, name, 'canary-of-the-old-one')
  return { ...upstream({ ...over, to: [to] }), to }
}

const ended = new Map([[authName, new Secret('ghp_endedlongago')]])

rotatorConformance('github secret, in all places', async () => upstream(everywhere()), {
  refused: async () => upstream({ ...everywhere(), secrets: ended }),
  silent: async () => ({
    ...upstream({ ...everywhere(), secrets: ended }),
    rotator: bench.silent({ names: [name], settings: { ...kind, to: ['actions:acme/api'] } }),
  }),
})

const permissions = ['secrets', 'organization_secrets']
const pair = await makeKeyPair('rsa', 2048)

const asApp = (): Pick<Wanted, 'settings' | 'secrets'> => {
  const { apps } = bench.fake()
  if (apps.length === 0) apps.push({ id: '4711', slug: 'lockstep', keys: [pair.public.reveal()], permissions })
  return { settings: { app: 4711 }, secrets: new Map([[authName, pair.private]]) }
}

rotatorConformance('github secret, an App writes it', async () => upstream({ ...inTwo(), ...asApp() }), {
  refused: async () => upstream({ ...inTwo(), ...asApp(), settings: { app: 4712 } }),
})

suite('github: secret', () => {
  test('where the previous one is delivered, GitHub gets the new one when every host has it', async () => {
    const one = known({ settings: { breaks: null, previous: 'SESSION_KEY_PREVIOUS' } })
    assert.equal(one.rotator.oldStays, 'previous')
    const done = await installed(one, await begun(one))
    await one.rotator.verify(done)
    assert.equal(done.pending.get('SESSION_KEY_PREVIOUS')?.reveal(), 'canary-of-the-old-one')
    assert.equal(stored(one.to), 'canary-of-the-old-one')
    const { updated_at: before } = bench.fake().secrets(placeOf(one.to)).get(name) ?? {}
    await one.rotator.withdraw(done)
    assert.equal(bench.fake().secrets(placeOf(one.to)).get(name)?.updated_at, before, 'nothing was to be undone')
    await one.rotator.retire(done)
    assert.equal(stored(one.to), done.pending.get(name)?.reveal())
    await one.rotator.withdraw(done)
    assert.equal(stored(one.to), 'canary-of-the-old-one')
  })

  test('one that GitHub did not have is made, and taken away again', async () => {
    const to = `environment:acme/${newRepository()}/prod/eu west`
    const place = `/repos/acme/r${made}/environments/prod/eu west/secrets`
    const one = upstream({ to: [to] })
    assert.equal(await look(one), `${to} (new)`)
    const done = await installed(one, await begun(one))
    assert.equal(bench.fake().secrets(place).get(name)?.value, done.pending.get(name)?.reveal())
    await one.rotator.withdraw(done)
    assert.equal(bench.fake().secrets(place).size, 0)
  })

  test('a first value over one that was never known here: the plan says so, and there is no way back', async () => {
    const one = known({ values: {} })
    assert.equal(await look(one), `${one.to} (replaces what is there)`)
    const done = await installed(one, await begun(one))
    const error = await refusal('CONFLICT', one.rotator.withdraw(done))
    assert.match(error.message, /was never known here/)
  })

  test('who may read a secret of an organisation stays as it is, however many', async () => {
    const selected = Array.from({ length: 130 }, (_, index) => index + 1)
    put('org:acme', 'MANY', 'old', { visibility: 'selected', selected })
    const one = upstream({ to: ['org:acme'], as: 'MANY' })
    await installed(one, await begun(one))
    const { visibility, selected: readers } = bench.fake().secrets(placeOf('org:acme')).get('MANY') ?? {}
    assert.deepEqual([visibility, readers], ['selected', selected])
    const error = await refusal('CONFIG', look(upstream({ to: ['org:acme'], as: 'NOT_THERE' })))
    assert.match(error.hint ?? '', /^make it once: gh secret set NOT_THERE --org acme/)
  })

  test('a write in the second of the one before waits for the next second', async () => {
    const one = known()
    const updated_at = `${new Date(clock.now() + 2000).toISOString().slice(0, 19)}Z`
    put(one.to, name, 'canary-of-the-old-one', { updated_at })
    const before = clock.slept()
    const done = await installed(one, await begun(one))
    await one.rotator.verify(done)
    assert.ok(clock.slept() > before)
    assert.notEqual(done.marks[`after ${one.to}`], updated_at)
  })

  test('what was recorded as written is not written again', async () => {
    const one = known()
    const done = await installed(one, await begun(one))
    const writes = (): number => bench.proxy().passed.filter(({ method }) => method === 'PUT').length
    const before = writes()
    assert.deepEqual((await installed(one, done)).marks, done.marks)
    assert.equal(writes(), before)
  })

  for (const [delay, isShown] of [
    [3, true],
    [Infinity, false],
  ] as const) {
    test(`GitHub shows what was written after ${delay} looks`, async () => {
      const { to, values, secrets = new Map<string, Secret>() } = known()
      let [before, left]: [HttpReply | null, number] = [null, 0]
      const slow: Http = {
        request: async (url, options = {}) => {
          const reply = await http.request(url, options)
          if (options.method === 'PUT') left = delay
          if (!url.endsWith(`/${name}`) || options.method !== 'GET') return reply
          if (left-- > 0) return before ?? reply
          return (before = reply)
        },
      }
      const settings = { ...kind, to: [to] }
      const one = { rotator: bench.open({ names: [name], settings, ports: { http: slow } }), values, secrets }
      const attempt = await begun(one)
      if (isShown) await one.rotator.verify(await installed(one, attempt))
      else assert.match((await refusal('UNAVAILABLE', installed(one, attempt))).message, /is not shown yet/)
    })
  }

  test('each key of a group is stored by itself, unless it has a name there', () => {
    const isEach = (settings: Record<string, unknown>): boolean | undefined =>
      github.isEach?.(credentialOf({ group: 'ci', names: [name] }, { with: 'github', ...settings }).rotate)
    assert.deepEqual(
      [isEach(kind), isEach({ ...kind, name: 'OTHER' }), isEach({ kind: 'deploy-key' })],
      [true, false, false],
    )
  })

  test('what somebody else wrote since is not taken for ours', async () => {
    const one = known()
    const done = await installed(one, await begun(one))
    put(one.to, name, 'of somebody else', { updated_at: '2026-02-02T00:00:00Z' })
    assert.match((await refusal('CONFLICT', one.rotator.verify(done))).message, /wrote the secret after us/)
    bench.fake().secrets(placeOf(one.to)).clear()
    assert.match((await refusal('CONFLICT', one.rotator.verify(done))).message, /removed the secret/)
  })

  test('no value leaves this machine unsealed, and none is in the marks', async () => {
    const one = known()
    const { pending, marks } = await installed(one, await begun(one))
    const sent = JSON.stringify([bench.proxy().passed, marks])
    for (const value of [...pending.values(), ...one.values.values()]) assert.ok(!sent.includes(value.reveal()))
    assert.ok(sent.includes('encrypted_value'))
  })

  test('the token of an App is for one repository and one permission, and asked for once', async () => {
    const one = known(asApp())
    const { passed } = bench.proxy()
    const [before, accounts] = [passed.length, bench.fake().accounts.size]
    await one.rotator.verify(await installed(one, await begun(one)))
    const bodies = passed.slice(before).flatMap(({ path, body }) => (path.endsWith('/access_tokens') ? [body] : []))
    assert.deepEqual(
      bodies.map((body): unknown => JSON.parse(body)),
      [{ permissions: { secrets: 'write' }, repositories: [one.to.split('/')[1]] }],
    )
    assert.equal(bench.fake().accounts.size, accounts + 1)
    const error = await refusal('CONFIG', look(upstream({ to: ['actions:other/api'], ...asApp() })))
    assert.match(error.message, /the App is not installed there/)
  })

  test('a login that may not, may not see it, or has no value', async () => {
    const narrow = bench.fake().login({ login: 'narrow', permissions: ['dependabot_secrets'] })
    const denied = await refusal('DENIED', look(known({ secrets: new Map([[authName, new Secret(narrow)]]) })))
    assert.equal(denied.hint, 'it needs the permission secrets=write')
    assert.ok(!`${denied.message}${denied.hint}`.includes('canary'))
    const unseen = await refusal('CONFIG', look(upstream({ to: ['actions:other/api'] })))
    assert.match(unseen.message, /there is no such place at GitHub, or the login may not see it/)
    const none = await refusal('CONFIG', look(known({ secrets: new Map() })))
    assert.match(none.hint ?? '', /lockstep set GITHUB_AUTH --group GROUP, in a group that no container is given/)
  })

  const to = ['actions:acme/api']
  const wrong: readonly [Record<string, unknown>, RegExp][] = [
    [{ to: [] }, /^to: is missing/],
    [{ to: ['action:acme/api'] }, /^to: no place begins with this; did you mean actions\?/],
    [{ to: ['actions:acme'] }, /^to: must be actions:OWNER\/REPOSITORY/],
    [{ to: ['actions:acme/..'] }, /^to: must be actions/],
    [{ to: ['actions:acme/api/../x'] }, /^to: must be actions/],
    [{ to: ['environment:acme/api'] }, /^to: must be environment:OWNER\/REPOSITORY\/NAME/],
    [{ to: ['org:acme/api'] }, /^to: must be org:ORGANISATION/],
    [{ to: [...to, ...to] }, /is there twice/],
    [{ to, name: 'lower' }, /no secret at GitHub can be called lower/],
    [{ to, name: 'GITHUB_TOKEN' }, /no secret at GitHub can be called GITHUB_TOKEN/],
    [{ to, auth: null }, /^auth: is missing/],
    [{ to, app: 'a b' }, /^app: must be the id/],
    [{ to, breaks: null }, /^previous: is missing/],
    [{ to, kind: 'secrets' }, /^kind: must be one of .*did you mean secret\?/],
    [{ to, kind: null }, /^kind: is missing/],
    [{ to, endpoint: 'http://github.example.com/api/v3' }, /^endpoint: must be https/],
    [{ to, repository: 'acme/api' }, /the rotator github has no setting repository/],
  ]
  for (const [settings, message] of wrong) {
    test(`refused: ${JSON.stringify(settings)}`, async () => {
      const error = await refusal('CONFIG', async () =>
        bench.open({ names: [name], settings: { ...kind, ...settings } }),
      )
      assert.match(error.message, message)
    })
  }

  test('refused: one name for two keys', async () => {
    const settings = { ...kind, to, name: 'BOTH' }
    assert.match(
      (await refusal('CONFIG', async () => bench.open({ names: [name, 'OTHER'], settings }))).message,
      /^name:/,
    )
  })
})
