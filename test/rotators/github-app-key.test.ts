import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { suite, test } from 'node:test'
import { Secret } from '../../src/core/secret.ts'
import { appKeyFingerprint } from '../../src/crypto/app-jwt.ts'
import { makeKeyPair } from '../../src/crypto/key-pair.ts'
import { rotatorConformance, type Upstream } from '../conformance/rotator.ts'
import { answering, begun, githubBench, installed, look } from '../support/github.ts'
import { refusal } from '../support/refusal.ts'

const bench = githubBench()
const name = 'GITHUB_APP_KEY'
const makePair = (): ReturnType<typeof makeKeyPair> => makeKeyPair('rsa', 2048)
const [old, next, third, foreign] = [await makePair(), await makePair(), await makePair(), await makePair()]

/** Of an App that has three keys. */
const upstream = (answers: readonly string[], asked: string[] = [], app: unknown = 4711): Upstream => {
  const { apps } = bench.fake()
  const keys = [old, next, third].map((pair) => pair.public.reveal())
  if (apps.length === 0) apps.push({ id: '4711', slug: 'our-app', keys, permissions: [] })
  const ports = { terminal: answering(answers, asked) }
  return {
    rotator: bench.open({ names: [name], settings: { kind: 'app-key', app, url: 'https://example.com/app' }, ports }),
    values: new Map([[name, old.private]]),
  }
}

const pem = next.private.reveal()

rotatorConformance('github app-key', async () => upstream([pem, third.private.reveal()]), {
  hearsAll: 'nothing is changed at GitHub',
})

suite('github: app-key', () => {
  test('says which key is to go, and takes a whole file', async () => {
    const asked: string[] = []
    const one = upstream([`\n${pem.trim()}\n`], asked)
    const ending = `the old one (${appKeyFingerprint(old.private)}) is ended by you: https://example.com/app`
    assert.equal(await look(one), `App our-app, ${ending}`)
    assert.deepEqual([one.rotator.needsPerson, one.rotator.endsNothing], [true, true])
    const done = await installed(one, await begun(one))
    assert.ok(asked[0]?.includes(`${ending}, when every host has the new one\n`))
    assert.equal(done.pending.get(name)?.reveal(), pem)
    assert.deepEqual(done.marks, {})
    await one.rotator.verify(done)
  })

  test('the key of another App is DENIED, and no value is told', async () => {
    const one = upstream([foreign.private.reveal()])
    const error = await refusal('DENIED', one.rotator.verify(await begun(one)))
    assert.ok(!`${error.message}${error.hint}`.includes('PRIVATE KEY'))
  })

  test('GitHub that does not answer is UNAVAILABLE', async () => {
    const settings = { kind: 'app-key', app: '4711' }
    const rotator = bench.silent({ names: [name], settings, ports: { terminal: answering([pem]) } })
    const one = { ...upstream([]), rotator }
    await refusal('UNAVAILABLE', look(one))
    await refusal('UNAVAILABLE', rotator.verify(await begun(one)))
  })

  test('the plan goes on where the one in force is refused, no key, or not there yet', async () => {
    const one = upstream([])
    const withValue = (key: Secret): Upstream => ({ ...one, values: new Map([[name, key]]) })
    assert.match(await look(withValue(foreign.private)), /^GitHub refuses the one in force, the old one \(SHA256:/)
    assert.match(
      await look(withValue(new Secret('no key'))),
      /^the one in force is no key, the old one is ended by you/,
    )
    assert.equal(await look({ ...one, values: new Map() }), 'the old one is ended by you: https://example.com/app')
  })

  const again = createPrivateKey(old.private.reveal()).export({ format: 'pem', type: 'pkcs1' }).toString()
  const refusals: readonly [string, string, RegExp][] = [
    ['no key', 'some text', /no private key of a GitHub App/],
    ['the key in force, written in another way', again, /^that is the key in force$/],
    ['half a key', pem.slice(0, 600), /no private key of a GitHub App/],
  ]
  for (const [what, answer, message] of refusals) {
    test(`refused: ${what}`, async () => {
      assert.match((await refusal('USAGE', begun(upstream([answer])))).message, message)
    })
  }

  for (const [app, message] of [
    [null, /^app: is missing/],
    ['a/b', /^app: must be the id/],
  ] as const) {
    test(`refused: app: ${app}`, async () => {
      assert.match((await refusal('CONFIG', async () => upstream([], [], app))).message, message)
    })
  }
})
