import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { suite, test } from 'node:test'
import { Secret } from '../../src/core/secret.ts'
import type { Credential } from '../../src/core/rotate/credential.ts'
import type { Held, Rotator } from '../../src/core/rotate/rotator.ts'
import { random } from '../../src/rotators/random.ts'
import { rotatorConformance } from '../conformance/rotator.ts'
import { credentialOf, rotatorPorts } from '../support/rotator.ts'
import { refusal } from '../support/refusal.ts'

const session = (settings: Record<string, unknown>, host: string | null = null): Credential =>
  credentialOf({ group: 'session', names: ['SESSION_KEY'], host }, { with: 'random', ...settings })

const open = (settings: Record<string, unknown>, host: string | null = null): Rotator =>
  random.open(session(settings, host), rotatorPorts())

const held = (values: Record<string, string>, isEmergency = false): Held => ({
  values: new Map(Object.entries(values).map(([name, value]) => [name, new Secret(value)])),
  secret: () => null,
  signal: new AbortController().signal,
  isEmergency,
})

rotatorConformance(
  'random',
  async () => ({
    rotator: open({ breaks: 'everybody logs in again' }),
    values: new Map([['SESSION_KEY', new Secret('canary-of-the-old-one')]]),
  }),
  { hearsAll: 'nobody is asked' },
)

suite('random', () => {
  const lengths: readonly [Record<string, unknown>, RegExp][] = [
    [{}, /^[A-Za-z0-9_-]{43}$/],
    [{ bytes: 16 }, /^[A-Za-z0-9_-]{22}$/],
    [{ bytes: 16, alphabet: 'hex' }, /^[0-9a-f]{32}$/],
    [{ alphabet: 'alphanumeric', length: 20 }, /^[A-Za-z0-9]{20}$/],
    [{ alphabet: 'readable', length: 24 }, /^[^0O1lI]{24}$/],
  ]
  for (const [settings, pattern] of lengths) {
    test(`${JSON.stringify(settings)} gives ${pattern.source}`, async () => {
      const { values } = await open({ breaks: 'x', ...settings }).propose(held({ SESSION_KEY: 'old' }))
      assert.match(values.get('SESSION_KEY')?.reveal() ?? '', pattern)
    })
  }

  test('the previous value is delivered under its own name', async () => {
    const rotator = open({ previous: 'SESSION_KEY_PREVIOUS' })
    const { values } = await rotator.propose(held({ SESSION_KEY: 'old' }))
    assert.equal(rotator.oldStays, 'previous')
    assert.equal(values.get('SESSION_KEY_PREVIOUS')?.reveal(), 'old')
    assert.notEqual(values.get('SESSION_KEY')?.reveal(), 'old')
  })

  test('in an emergency nobody gets on with the previous value', async () => {
    const rotator = open({ previous: 'SESSION_KEY_PREVIOUS' })
    const { values } = await rotator.propose(held({ SESSION_KEY: 'old' }, true))
    assert.equal(new Set(['old', ...[...values.values()].map((one) => one.reveal())]).size, 3)
  })

  test('the first value has a previous one as well: who needs two, gets two', async () => {
    const { values } = await open({ previous: 'SESSION_KEY_PREVIOUS' }).propose(held({}))
    assert.equal(new Set([...values.values()].map((one) => one.reveal())).size, 2)
  })

  for (const kind of ['ed25519', 'rsa'] as const) {
    test(`${kind}: both halves of one key, as PEM`, async () => {
      const credential = credentialOf(
        { group: 'jwt', names: ['JWT_PRIVATE_KEY', 'JWT_PUBLIC_KEY'] },
        { with: 'random', kind, breaks: 'tokens' },
      )
      assert.equal(random.isEach?.(credential.rotate), false)
      const { values } = await random.open(credential, rotatorPorts()).propose(held({}))
      const secret = createPrivateKey(values.get('JWT_PRIVATE_KEY')?.reveal() ?? '')
      assert.equal(secret.asymmetricKeyType, kind)
      assert.ok(createPublicKey(secret).equals(createPublicKey(values.get('JWT_PUBLIC_KEY')?.reveal() ?? '')))
    })
  }

  const refusals: readonly [string, Record<string, unknown>, RegExp][] = [
    ['nobody says what becomes of the old value', {}, /previous: is missing/],
    ['a setting with a slip in it', { breaks: 'x', lenght: 20 }, /no setting lenght; did you mean length\?/],
    ['an alphabet that there is not', { breaks: 'x', alphabet: 'base64' }, /must be one of base64url, .*did you mean/],
    ['too short', { breaks: 'x', length: 8 }, /length: must be a whole number from 16 to 4096/],
  ]
  for (const [what, settings, message] of refusals) {
    test(`refused: ${what}`, async () => {
      const error = await refusal('CONFIG', async () => open(settings))
      assert.match(error.message, message)
    })
  }

  test('a value of one host needs no word about the old one', () => {
    assert.equal(open({}, 'host1').oldStays, 'gap')
  })
})
