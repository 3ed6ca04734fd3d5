import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Secret } from '../../src/core/secret.ts'
import { makeSshKeyPair, sshPublicOf } from '../../src/crypto/open-ssh-key.ts'
import { rotatorConformance, type Upstream } from '../conformance/rotator.ts'
import { authName, begun, githubBench, installed, look } from '../support/github.ts'
import { refusal } from '../support/refusal.ts'

const bench = githubBench()
const names = ['DEPLOY_PRIVATE_KEY', 'DEPLOY_PUBLIC_KEY'] as const
const [privateName, publicName] = names
const kind = { kind: 'deploy-key', auth: authName }

let repositories = 0
const newRepository = (): string => `acme/d${++repositories}`

interface Wanted {
  readonly repository?: string
  readonly settings?: Readonly<Record<string, unknown>>
  readonly secrets?: ReadonlyMap<string, Secret>
  readonly title?: string
  readonly read_only?: boolean
}

/** With a key in force that is one of the repository's two. */
const upstream = (wanted: Wanted = {}): Upstream & { readonly repository: string } => {
  const { repository = newRepository(), settings, secrets = bench.secrets() } = wanted
  const { title = 'deploys', read_only = true } = wanted
  const pair = makeSshKeyPair('')
  const common = { verified: true, enabled: true }
  const keys = bench.fake().keys(repository)
  keys.push({ id: 11, title: 'of a person', key: makeSshKeyPair('').public, read_only: false, ...common })
  keys.push({ id: 12, title, key: pair.public, read_only, ...common })
  return {
    rotator: bench.open({ names, settings: { ...kind, repository, ...settings } }),
    values: new Map([
      [privateName, pair.private],
      [publicName, new Secret(pair.public)],
    ]),
    secrets,
    accepts: async (values) => {
      const half = sshPublicOf(values.get(privateName) ?? new Secret(''))
      return keys.some(({ key }) => key === half)
    },
    count: async () => keys.length,
    ...bench.losing,
    repository,
  }
}

const ended = new Map([[authName, new Secret('ghp_endedlongago')]])

rotatorConformance('github deploy-key', async () => upstream(), {
  refused: async () => upstream({ secrets: ended }),
  silent: async () => ({
    ...upstream({ secrets: ended }),
    rotator: bench.silent({ names, settings: { ...kind, repository: 'acme/api' } }),
  }),
})

suite('github: deploy-key', () => {
  for (const read_only of [true, false]) {
    test(`title and rights stay: ${read_only ? 'reads' : 'writes'}`, async () => {
      const one = upstream({ title: 'our deploys', read_only })
      const ends = 'ends when the token that adds it is deleted'
      assert.equal(await look(one), `${one.repository}: key 12, ${read_only ? 'reads' : 'writes'}, ${ends}`)
      const { pending, marks } = await installed(one, await begun(one))
      const [, , added] = bench.fake().keys(one.repository)
      assert.deepEqual([added?.title, added?.read_only, marks['new']], ['our deploys', read_only, String(added?.id)])
      const half = pending.get(publicName)?.reveal().split(' ').slice(0, 2).join(' ')
      assert.equal(sshPublicOf(pending.get(privateName) ?? new Secret('')), half)
      assert.equal(added?.key, half)
      assert.ok(!JSON.stringify([marks, bench.proxy().passed]).includes('PRIVATE KEY'))
    })
  }

  test('what the settings say goes before what the old one has', async () => {
    const one = upstream({ settings: { title: 'new title', read_only: true }, read_only: false })
    await installed(one, await begun(one))
    const [, , added] = bench.fake().keys(one.repository)
    assert.deepEqual([added?.title, added?.read_only], ['new title', true])
  })

  test('a first key reads, and is found among more than one page', async () => {
    const repository = newRepository()
    const keys = bench.fake().keys(repository)
    const other = { title: 'x', read_only: true, verified: true, enabled: true }
    for (let id = 1; id <= 130; id++) keys.push({ id, key: makeSshKeyPair('').public, ...other })
    const names = ['DEPLOY_KEY']
    const rotator = bench.open({ names, settings: { ...kind, repository } })
    const one: Upstream = { rotator, values: new Map(), secrets: bench.secrets() }
    assert.match(await look(one), /none of its keys is ours yet/)
    const done = await installed(one, await begun(one))
    await installed(one, done)
    await rotator.verify(done)
    assert.deepEqual([keys.length, keys.at(-1)?.read_only, keys.at(-1)?.title], [131, true, 'ci'])
  })

  const unfit = [{ verified: false }, { enabled: false }, { read_only: false }]
  for (const over of unfit) {
    test(`a new key that is ${Object.keys(over).join()}: false is DENIED, and goes again`, async () => {
      const one = upstream()
      const done = await installed(one, await begun(one))
      Object.assign(bench.fake().keys(one.repository).at(-1) ?? {}, over)
      assert.match((await refusal('DENIED', one.rotator.verify(done))).message, /not accepted as it is/)
      await one.rotator.withdraw(done)
      assert.equal(bench.fake().keys(one.repository).length, 2)
    })
  }

  test('a key that somebody removed meanwhile is DENIED', async () => {
    const one = upstream()
    const done = await installed(one, await begun(one))
    bench.fake().keys(one.repository).pop()
    assert.match((await refusal('DENIED', one.rotator.verify(done))).message, /^acme\/d\d+: the new key is not listed/)
    await refusal('DENIED', one.rotator.retire(done))
    assert.equal(bench.fake().keys(one.repository).length, 2, 'the old one is not ended without it')
  })

  test('what cannot be told apart stops the plan; a public half that is known is enough', async () => {
    const one = upstream()
    const secret = new Secret('-----BEGIN OPENSSH PRIVATE KEY-----\nnot one\n')
    assert.match(await look({ ...one, values: new Map([...one.values, [privateName, secret]]) }), /key 12/)
    const error = await refusal('CONFLICT', look({ ...one, values: new Map([[privateName, secret]]) }))
    assert.match(error.message, /DEPLOY_PRIVATE_KEY belongs to cannot be told/)
  })

  test('a repository that is not there, and a login that may not', async () => {
    const unseen = await refusal('CONFIG', look(upstream({ repository: 'other/api' })))
    assert.match(unseen.message, /there is no such repository/)
    const narrow = bench.fake().login({ login: 'narrow', permissions: ['secrets'] })
    const denied = await refusal('DENIED', look(upstream({ secrets: new Map([[authName, new Secret(narrow)]]) })))
    assert.equal(denied.hint, 'it needs the permission administration=write')
  })

  const wrong: readonly [Record<string, unknown>, RegExp][] = [
    [{}, /^repository: is missing/],
    [{ repository: 'acme' }, /^repository: must be OWNER\/REPOSITORY/],
    [{ repository: 'acme/api', read_only: 'yes' }, /^read_only: must be true or false/],
    [{ repository: 'acme/api', to: ['org:acme'] }, /has no setting to/],
    [{ repository: 'acme/api', private: 'OTHER' }, /^private: OTHER is not a key of ci/],
    [{ repository: 'acme/api', public: 'OTHER' }, /^public: OTHER is not a key of ci/],
  ]
  for (const [settings, message] of wrong) {
    test(`refused: ${JSON.stringify(settings)}`, async () => {
      const error = await refusal('CONFIG', async () => {
        const rotator = bench.open({ names, settings: { ...kind, ...settings } })
        await look({ rotator, values: new Map(), secrets: bench.secrets() })
      })
      assert.match(error.message, message)
    })
  }
})
