import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { AuthenticationError, Cloudflare, PermissionDeniedError } from 'cloudflare'
import type { Http } from '../../src/core/ports.ts'
import type { Attempt, Held, Rotator, Values } from '../../src/core/rotate/rotator.ts'
import type { RotatorPorts } from '../../src/core/rotators/rotator-ports.ts'
import { Secret } from '../../src/core/secret.ts'
import { http } from '../../src/io/http.ts'
import type { Ask } from '../../src/rotators/cloudflare/ask.ts'
import { cloudflare } from '../../src/rotators/cloudflare/cloudflare.ts'
import { tokensAt } from '../../src/rotators/cloudflare/tokens.ts'
import { rotatorConformance, type Upstream } from '../conformance/rotator.ts'
import { cloudflareFake, present as must, policyOf, rights, type CloudflareFake } from '../support/cloudflare-fake.ts'
import { fastClock } from '../support/fast-clock.ts'
import { lossyProxy, silentServer, type LossyProxy } from '../support/lossy-proxy.ts'
import { refusal } from '../support/refusal.ts'
import { credentialOf, rotatorPorts } from '../support/rotator.ts'

let fake: CloudflareFake
let proxy: LossyProxy
let silent: Awaited<ReturnType<typeof silentServer>>

before(async () => {
  fake = await cloudflareFake()
  proxy = await lossyProxy(fake.url)
  silent = await silentServer()
})
after(() => {
  fake.close()
  proxy.close()
  silent.close()
})

const name = 'CLOUDFLARE_API_TOKEN'
const adminName = 'CLOUDFLARE_ADMIN'

let accounts = 0
const newAccount = (): string => (++accounts).toString(16).padStart(32, '0')

const opened = (settings: Record<string, unknown> = {}, ports: Partial<RotatorPorts> = {}): Rotator =>
  cloudflare.open(
    credentialOf({ group: 'cloudflare', names: [name] }, { with: 'cloudflare', endpoint: proxy.url, ...settings }),
    rotatorPorts({ clock: fastClock(), ...ports }),
  )

const valuesOf = (value: string): Values => new Map([[name, new Secret(value)]])

const itself = { policies: [policyOf(rights.dns, rights.tokens)] }
const narrow = { 'request.ip': { in: ['192.0.2.0/24'], not_in: ['192.0.2.7/32'] } }

const upstream = async (account: string | null, by: 'itself' | 'admin'): Promise<Upstream> => {
  const value = fake.add(account, { condition: narrow, ...(by === 'itself' ? itself : {}) })
  const admin = by === 'admin' ? { admin: adminName } : {}
  const secrets = new Map(
    by === 'admin' ? [[adminName, new Secret(fake.add(account, { policies: [policyOf(rights.tokens)] }))]] : [],
  )
  return {
    rotator: opened({ ...admin, ...(account === null ? {} : { account }) }),
    values: valuesOf(value),
    secrets,
    accepts: async (values) => fake.holder(must(values.get(name)).reveal()) !== undefined,
    count: async () => fake.of(account).length,
    loseAnswers: () => proxy.loseAnswersTo(({ method }) => method !== 'GET'),
    hearAgain: () => proxy.loseAnswersTo(() => false),
  }
}

const impatient: Http = {
  request: (url, options = {}) => {
    assert.ok((options.timeout ?? 60_000) <= 10_000 && options.signal !== undefined, 'every request has its limits')
    return http.request(url, { ...options, timeout: 100 })
  },
}

const unknown = 'x'.repeat(40)

rotatorConformance('cloudflare, a token of an account replaces itself', () => upstream(newAccount(), 'itself'), {
  refused: async () => ({ rotator: opened(), values: valuesOf(unknown) }),
  silent: async () => ({ rotator: opened({ endpoint: silent.url }, { http: impatient }), values: valuesOf(unknown) }),
})
rotatorConformance('cloudflare, an administrator replaces it', () => upstream(newAccount(), 'admin'), {
  rolls: true,
  refused: async () => {
    const account = newAccount()
    const secrets = new Map([[adminName, new Secret(unknown)]])
    return { rotator: opened({ account, admin: adminName }), values: valuesOf(fake.add(account)), secrets }
  },
})
rotatorConformance('cloudflare, a token of a user', () => upstream(null, 'itself'))

const held = ({ values, secrets }: Upstream, isEmergency = false): Held => ({
  values,
  secret: (one) => secrets?.get(one) ?? null,
  signal: new AbortController().signal,
  isEmergency,
})

const begun = async (one: Upstream, isEmergency = false): Promise<Attempt> => {
  const { values: pending, marks } = await one.rotator.propose(held(one, isEmergency))
  return { ...held(one, isEmergency), former: one.values, pending, marks }
}

const installed = async (one: Upstream, attempt: Attempt): Promise<Attempt> => {
  const { values: pending, marks } = await one.rotator.install(attempt)
  return { ...attempt, pending, marks }
}

const valueIn = (values: Values): string => must(values.get(name)).reveal()

suite('the fake answers the official client as Cloudflare would', () => {
  for (const account of [null, 'f'.repeat(32)]) {
    test(account === null ? 'tokens of a user' : 'tokens of an account', async () => {
      const apiToken = fake.add(account, itself)
      const client = new Cloudflare({ apiToken, baseURL: fake.url, maxRetries: 0 })
      const { accounts: ofAccounts, user } = client
      const account_id = account ?? ''
      const policies = [
        { effect: 'allow' as const, resources: { zone: '*' }, permission_groups: [{ id: rights.dns.id }] },
      ]
      const body = { name: 'second', policies, expires_on: '2999-01-01T00:00:00Z' }
      const made = await (account === null
        ? user.tokens.create(body)
        : ofAccounts.tokens.create({ account_id, ...body }))
      const id = must(made.id)
      assert.equal(fake.holder(must(made.value))?.id, id)
      const got = await (account === null ? user.tokens.get(id) : ofAccounts.tokens.get(id, { account_id }))
      assert.deepEqual(
        [got.name, got.expires_on, got.policies?.[0]?.resources],
        ['second', body.expires_on, { zone: '*' }],
      )
      const ids: (string | undefined)[] = []
      const listing =
        account === null ? user.tokens.list({ per_page: 1 }) : ofAccounts.tokens.list({ account_id, per_page: 1 })
      for await (const token of listing) ids.push(token.id)
      assert.ok(ids.includes(id) && ids.length >= 2)
      const as = (value: string): Promise<{ id: string }> => {
        const { accounts: theirs, user: their } = new Cloudflare({ apiToken: value, baseURL: fake.url, maxRetries: 0 })
        return Promise.resolve(account === null ? their.tokens.verify() : theirs.tokens.verify({ account_id }))
      }
      assert.equal((await as(must(made.value))).id, id)
      const rolled = await (account === null
        ? user.tokens.value.update(id)
        : ofAccounts.tokens.value.update(id, { account_id }))
      await assert.rejects(as(must(made.value)), AuthenticationError)
      assert.equal((await as(rolled)).id, id)
      await assert.rejects(
        Promise.resolve(new Cloudflare({ apiToken: rolled, baseURL: fake.url, maxRetries: 0 }).user.tokens.get(id)),
        account === null ? PermissionDeniedError : AuthenticationError,
      )
      const gone = await (account === null ? user.tokens.delete(id) : ofAccounts.tokens.delete(id, { account_id }))
      assert.equal(gone?.id, id)
      await assert.rejects(as(rolled), AuthenticationError)
    })
  }
})

suite('cloudflare', () => {
  test('the second token has the rights, the condition and the time to live of the first, and its name', async () => {
    const account = newAccount()
    const one = await upstream(account, 'admin')
    const [old] = fake.of(account)
    const day = 86_400_000
    Object.assign(must(old), {
      issued_on: `${new Date(Date.now() - 20 * day).toISOString().slice(0, 19)}Z`,
      expires_on: `${new Date(Date.now() + 10 * day).toISOString().slice(0, 19)}Z`,
    })
    assert.match((await one.rotator.look(held(one))).note ?? '', /^expires \d{4}-\d\d-\d\d$/)
    const { pending, marks } = await installed(one, await begun(one))
    const made = must(fake.holder(valueIn(pending)))
    assert.deepEqual(made.condition, narrow)
    assert.deepEqual(made.policies?.[0]?.resources, old?.policies?.[0]?.resources)
    assert.deepEqual(made.policies?.[0]?.permission_groups, [{ id: rights.dns.id }])
    assert.equal(made.name, `dns (lockstep ${marks['tag']})`)
    assert.ok(Math.abs(Date.parse(must(made.expires_on)) - Date.now() - 30 * day) < day / 2)
    assert.ok(!JSON.stringify(marks).includes(valueIn(pending)) && !JSON.stringify(marks).includes(valueIn(one.values)))
    const next = { ...one, values: pending }
    const again = must(fake.holder(valueIn((await installed(next, await begun(next))).pending)))
    assert.match(again.name ?? '', /^dns \(lockstep [0-9a-f]{16}\)$/)
  })

  test('a second token with other rights than the first is deleted', async () => {
    const account = newAccount()
    const one = await upstream(account, 'admin')
    const attempt = await begun(one)
    fake.forgetConditions(true)
    const error = await refusal('CONFLICT', one.rotator.install(attempt)).finally(() => fake.forgetConditions(false))
    assert.match(error.message, /with other rights than the first, and deleted/)
    assert.equal(fake.of(account).length, 2)
  })

  test('one that was made, not recorded and used all the same is left alone', async () => {
    const account = newAccount()
    const one = await upstream(account, 'itself')
    const attempt = await begun(one)
    const { marks } = await installed(one, attempt)
    must(fake.of(account).find(({ id }) => id === marks['new'])).last_used_on = '2026-01-01T00:00:00Z'
    for (const step of [one.rotator.install, one.rotator.withdraw]) {
      const error = await refusal('CONFLICT', step(attempt))
      assert.match(error.message, /was made by this rotation, and used 2026-01-01T00:00:00Z/)
    }
    assert.equal(fake.of(account).length, 2)
  })

  test('it is found among more tokens than one page has', async () => {
    const account = newAccount()
    const one = await upstream(account, 'itself')
    for (let i = 0; i < 70; i++) fake.add(account)
    const attempt = await begun(one)
    await installed(one, attempt)
    await one.rotator.withdraw(attempt)
    assert.equal(fake.of(account).length, 71)
  })

  test('a list without end is not read for ever', async () => {
    let asked = 0
    const ask: Ask = async ({ path, result }) => {
      assert.ok(++asked <= 100, path)
      const listed = [{ id: asked.toString(16).padStart(32, '0'), name: 'one', last_used_on: null }]
      return { refused: null, result: result(listed, 'result') }
    }
    const error = await refusal('CONFLICT', tokensAt(ask, '/user').listNamed('two'))
    assert.match(error.message, /more tokens are listed/)
  })

  test('rolled: the answer may be lost, and there is no way back', async () => {
    assert.equal((await upstream(newAccount(), 'itself')).rotator.installEnds, false)
    const one = await upstream(newAccount(), 'admin')
    assert.equal(one.rotator.installEnds, true)
    const attempt = await begun(one, true)
    await one.rotator.withdraw(attempt)
    one.loseAnswers?.()
    await refusal('UNAVAILABLE', one.rotator.install(attempt)).finally(() => one.hearAgain?.())
    assert.match((await refusal('CONFLICT', one.rotator.withdraw(attempt))).message, /void already, for good/)
    const done = await installed(one, attempt)
    await one.rotator.verify(done)
    await one.rotator.retire(done)
    assert.ok(fake.holder(valueIn(done.pending)))
  })

  test('the old token is not deleted before the new one works', async () => {
    const account = newAccount()
    const one = await upstream(account, 'admin')
    const done = await installed(one, await begun(one))
    await refusal('CONFLICT', one.rotator.retire({ ...done, pending: one.values }))
    await refusal('CONFLICT', one.rotator.verify({ ...done, pending: one.values }))
    must(fake.holder(valueIn(done.pending))).status = 'disabled'
    await refusal('DENIED', one.rotator.retire(done))
    assert.ok(fake.holder(valueIn(one.values)))
  })

  test('after it was deleted there is no way back', async () => {
    const one = await upstream(newAccount(), 'itself')
    const done = await installed(one, await begun(one))
    await one.rotator.retire(done)
    await refusal('CONFLICT', one.rotator.withdraw(done))
    assert.ok(fake.holder(valueIn(done.pending)))
  })

  test('a new token that is not known yet is tried again for a minute', async () => {
    const clock = fastClock()
    const one = await upstream(newAccount(), 'admin')
    const done = await installed(one, await begun(one))
    let asked = 0
    const late: Http = {
      request: (url, options) =>
        http.request(url, ++asked < 5 ? { ...options, headers: { authorization: `Bearer ${unknown}` } } : options),
    }
    const account = fake.holder(valueIn(done.pending)) === undefined ? '' : accounts.toString(16).padStart(32, '0')
    await opened({ account, admin: adminName }, { clock, http: late }).verify(done)
    assert.deepEqual([asked, clock.slept()], [5, 8_000])
  })

  const withoutRight: readonly [string, Held['isEmergency'], Record<string, unknown>, RegExp][] = [
    ['that may not make tokens', false, {}, /CLOUDFLARE_API_TOKEN may not make tokens/],
    ['whose administrator has no value', false, { admin: 'NOBODY' }, /admin: NOBODY has no value/],
  ]
  for (const [what, isEmergency, settings, message] of withoutRight) {
    test(`a token ${what} is told in the plan`, async () => {
      const account = newAccount()
      const one = { rotator: opened({ account, ...settings }), values: valuesOf(fake.add(account)) }
      const error = await refusal('CONFIG', one.rotator.look(held(one, isEmergency)))
      assert.match(error.message, message)
      assert.match(error.hint ?? '', /in a group that no container is given/)
    })
  }

  test('an administrator without the right is DENIED, and no answer is told as it came', async () => {
    const account = newAccount()
    const secrets = new Map([[adminName, new Secret(fake.add(account))]])
    const one = { rotator: opened({ account, admin: adminName }), values: valuesOf(fake.add(account)), secrets }
    const error = await refusal('DENIED', one.rotator.look(held(one)))
    assert.match(error.message, /refused to show a token \(403 9109\)/)
    assert.ok(!`${error.message}${error.hint}`.includes('canary'))
  })

  test('what is no token at all, and a first one', async () => {
    const one = { rotator: opened(), values: valuesOf('short') }
    assert.match((await refusal('DENIED', one.rotator.look(held(one)))).message, /\(400 6003\)/)
    const none = { ...one, values: new Map() }
    assert.match(
      (await refusal('CONFIG', one.rotator.look(held(none)))).hint ?? '',
      /lockstep set CLOUDFLARE_API_TOKEN --group cloudflare/,
    )
  })

  const wrong: readonly [Record<string, unknown>, RegExp][] = [
    [{ account: 'mine' }, /account: is not the id of an account/],
    [{ endpoint: 'http://api.example.com' }, /endpoint: must be https/],
    [{ admin: name }, /admin: is CLOUDFLARE_API_TOKEN itself/],
    [{ token: 'OTHER' }, /token: OTHER is not a key of cloudflare/],
    [{ zone: 'example.org' }, /no setting zone/],
  ]
  for (const [settings, message] of wrong) {
    test(`refused: ${JSON.stringify(settings)}`, async () => {
      assert.match((await refusal('CONFIG', async () => opened(settings))).message, message)
    })
  }
})
