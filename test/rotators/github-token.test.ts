import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Http } from '../../src/core/ports.ts'
import type { RotatorPorts } from '../../src/core/rotators/rotator-ports.ts'
import { Secret } from '../../src/core/secret.ts'
import { missingScopes, scopesIn } from '../../src/rotators/github/scopes.ts'
import { rotatorConformance, type Upstream } from '../conformance/rotator.ts'
import { answering, begun, githubBench, installed, look } from '../support/github.ts'
import type { Account } from '../support/github-fake-logins.ts'
import { refusal } from '../support/refusal.ts'

const bench = githubBench()
const name = 'GITHUB_TOKEN'
const url = 'https://github.com/settings/personal-access-tokens'

const valuesOf = (token: string | null): Upstream['values'] =>
  new Map(token === null ? [] : [[name, new Secret(token)]])

interface Wanted {
  readonly account?: Account
  /** Of the new token; absent: the same. */
  readonly next?: Account
  readonly settings?: Readonly<Record<string, unknown>>
  readonly ports?: Partial<RotatorPorts>
  readonly asked?: string[]
  readonly isOwn?: boolean
}

/** Somebody who makes a new token when asked for one. */
const upstream = (wanted: Wanted = {}): Upstream & { readonly old: string } => {
  const { account = { login: 'octocat' }, next = account, settings, ports, asked = [] } = wanted
  const old = bench.fake().login({ ...account })
  const askHidden = async (question: string): Promise<string> => {
    asked.push(question)
    return bench.fake().login({ ...next })
  }
  const what = {
    names: [name],
    settings: { kind: 'token', ...settings },
    ports: { terminal: { isInteractive: true, askHidden }, ...ports },
  }
  return { rotator: wanted.isOwn === true ? bench.open(what) : bench.cloud(what), values: valuesOf(old), old }
}

rotatorConformance('github token', async () => ({ ...upstream({ settings: { revoke: true } }), ...bench.losing }), {
  silent: async () => {
    const terminal = answering(['one', 'two'])
    const rotator = bench.silent({ names: [name], settings: { kind: 'token' }, ports: { terminal } })
    return { rotator, values: valuesOf('ghp_canaryofthetokeninforce') }
  },
})

suite('github: token', () => {
  test('says where to make one and who ends the old one, which stays', async () => {
    const asked: string[] = []
    const one = upstream({ asked, settings: { hint: 'repository acme/api, contents' } })
    assert.deepEqual([one.rotator.needsPerson, one.rotator.endsNothing], [true, true])
    const done = await installed(one, await begun(one))
    const ending = `the old one is ended by you: ${url}`
    assert.equal(await look(one), `of octocat, ${ending}`)
    assert.equal(
      asked[0],
      `repository acme/api, contents\nmake a new token as octocat at ${url}, and leave the old one there\n${ending}, when every host has the new one\nnew value of GITHUB_TOKEN: `,
    )
    await one.rotator.verify(done)
    await one.rotator.retire(done)
    await one.rotator.withdraw(done)
    assert.ok(bench.fake().isAlive(one.old) && bench.fake().isAlive(done.pending.get(name)?.reveal() ?? ''))
  })

  const ends: readonly [string, Wanted, boolean, boolean][] = [
    ['when asked to', { settings: { revoke: true } }, false, true],
    ['in an emergency', {}, true, true],
    ['on a server of one’s own not even then', { isOwn: true }, true, false],
  ]
  for (const [when, wanted, isEmergency, isRevoked] of ends) {
    test(`the old one is revoked ${when}`, async () => {
      const one = upstream(wanted)
      const ending = isRevoked
        ? /the old one is revoked, for good$/
        : /ended by you: http:\/\/127\.0\.0\.1:\d+\/settings\//
      assert.match(await look(one, isEmergency), ending)
      const done = await installed(one, await begun(one, isEmergency))
      const before = bench.clock.slept()
      await one.rotator.retire(done)
      assert.equal(bench.fake().isAlive(one.old), !isRevoked)
      assert.equal(bench.clock.slept() > before, isRevoked, 'it takes GitHub a while')
      const told = (): number => bench.proxy().passed.filter(({ path }) => path === '/credentials/revoke').length
      const times = told()
      await one.rotator.retire(done)
      assert.equal(told(), times, 'one that is ended is not sent about again')
      await one.rotator.verify(done)
    })
  }

  for (const [what, status] of [
    ['takes all the same', 200],
    ['refuses as one that may not do this', 403],
    ['answers as if nothing were there', 404],
  ] as const) {
    test(`one that GitHub ${what} is UNAVAILABLE`, async () => {
      const deaf: Http = {
        request: async (asked) => ({
          status: asked.endsWith('/revoke') ? 202 : status,
          headers: {},
          body: new TextEncoder().encode('{"login":"octocat"}'),
        }),
      }
      const one = upstream({ settings: { revoke: true }, ports: { http: deaf } })
      const error = await refusal('UNAVAILABLE', one.rotator.retire(await begun(one)))
      assert.match(error.message, /still taken by GitHub/)
    })
  }

  test('one of an account that is suspended has not ended: it is revoked', async () => {
    const account: Account = { login: 'octocat' }
    const one = upstream({ account, settings: { revoke: true } })
    const done = await installed(one, await begun(one))
    const kept = bench.fake().accounts.get(one.old) ?? assert.fail('not there')
    kept.isSuspended = true
    await one.rotator.retire(done)
    kept.isSuspended = false
    assert.ok(!bench.fake().isAlive(one.old))
  })

  test('where GitHub cannot say now whether it has ended, it is UNAVAILABLE', async () => {
    const limited: Http = { request: async () => ({ status: 429, headers: {}, body: new Uint8Array() }) }
    const one = upstream({ settings: { revoke: true } })
    const done = await installed(one, await begun(one))
    const asked = upstream({ settings: { revoke: true }, ports: { http: limited } }).rotator
    assert.match((await refusal('UNAVAILABLE', asked.retire(done))).message, /too many requests/)
  })

  const classic = (...scopes: readonly string[]): Account => ({ login: 'octocat', scopes })
  const rows: readonly [string, Wanted, RegExp | null][] = [
    ['of another account', { next: { login: 'hubot' } }, /^the new token belongs to hubot, not to octocat$/],
    ['of another account, as said', { next: { login: 'hubot' }, settings: { user: 'Hubot' } }, null],
    ['not of the account that was said', { settings: { user: 'hubot' } }, /belongs to octocat, not to hubot/],
    ['with fewer scopes', { account: classic('repo', 'read:org'), next: classic('repo') }, /may: read:org$/],
    ['with wider ones', { account: classic('public_repo', 'read:org'), next: classic('repo', 'admin:org') }, null],
    [
      'with fewer scopes, as said',
      { account: classic('repo', 'gist'), next: classic('gist'), settings: { scopes: ['gist'] } },
      null,
    ],
    ['fine-grained after classic', { account: classic('repo'), next: { login: 'octocat' } }, null],
    ['refused', { next: { login: 'octocat', endsAt: 0 } }, /^the new token is refused by GitHub$/],
  ]
  for (const [what, wanted, message] of rows) {
    test(`a new token ${what}`, async () => {
      const one = upstream(wanted)
      const done = await installed(one, await begun(one))
      if (message === null) return one.rotator.verify(done)
      const error = await refusal('DENIED', one.rotator.verify(done))
      assert.match(error.message, message)
      const value = done.pending.get(name)?.reveal() ?? ''
      assert.ok(!`${error.message}${error.hint}${JSON.stringify(done.marks)}`.includes(value))
      assert.match(error.hint ?? '', /lockstep rotate ci/)
    })
  }

  test('the plan says when the one in force expires, and where it is refused already', async () => {
    const expires = '2027-01-31 10:00:00 UTC'
    assert.match(await look(upstream({ account: { login: 'octocat', expires } })), /^of octocat, expires 2027-01-31, /)
    const gone = upstream({ account: { login: 'octocat', endsAt: 0 }, next: { login: 'hubot' } })
    assert.match(await look(gone), /^GitHub refuses the one in force, /)
    await gone.rotator.verify(await begun(gone))
    const first = { ...upstream(), values: valuesOf(null) }
    assert.equal(await look(first), `the old one is ended by you: ${url}`)
    await first.rotator.verify(await begun(first))
  })

  test('without a person, and the one in force once more', async () => {
    const nobody = { isInteractive: false, askHidden: () => assert.fail('nobody is there') }
    assert.match((await refusal('USAGE', begun(upstream({ ports: { terminal: nobody } })))).message, /no terminal/)
    const one = upstream()
    const what = { names: [name], settings: { kind: 'token' }, ports: { terminal: answering([one.old]) } }
    assert.match((await refusal('USAGE', begun({ ...one, rotator: bench.cloud(what) }))).message, /in force already/)
  })

  const wrong: readonly [Record<string, unknown>, RegExp][] = [
    [{ revoke: true, endpoint: 'https://github.example.com/api/v3' }, /^revoke: only github\.com/],
    [{ scopes: ['repo, user'] }, /^scopes: holds what is no scope/],
    [{ auth: 'OTHER' }, /has no setting auth/],
    [{ token: 'OTHER' }, /^token: OTHER is not a key of /],
  ]
  for (const [settings, message] of wrong) {
    test(`refused: ${JSON.stringify(settings)}`, async () => {
      const error = await refusal('CONFIG', async () =>
        bench.open({ names: [name], settings: { kind: 'token', ...settings } }),
      )
      assert.match(error.message, message)
    })
  }

  const scopes: readonly [wanted: string, given: string, missing: string][] = [
    ['repo', 'repo', ''],
    ['repo:status', 'repo', ''],
    ['public_repo, security_events', 'repo', ''],
    ['repo', 'public_repo', 'repo'],
    ['read:org', 'write:org', ''],
    ['read:org, write:org', 'admin:org', ''],
    ['admin:org', 'write:org, read:org', 'admin:org'],
    ['write:org', 'read:org', 'write:org'],
    ['manage_runners:org', 'admin:org', ''],
    ['read:user, user:email', 'user', ''],
    ['user', 'read:user', 'user'],
    ['read:packages', 'write:packages', ''],
    ['delete:packages', 'write:packages', 'delete:packages'],
    ['read:project', 'project', ''],
    ['gist', '', 'gist'],
  ]
  for (const [wanted, given, missing] of scopes) {
    test(`scopes: ${wanted} from ${given}`, () => {
      assert.equal(missingScopes(scopesIn(wanted) ?? [], scopesIn(given) ?? []).join(), missing)
    })
  }
})
