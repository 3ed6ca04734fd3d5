import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { SecretsError } from '../../../src/core/errors.ts'
import {
  onlyOrPartOf,
  pairOf,
  partIfAny,
  partOf,
  secretNamed,
  settingsOf,
  type Settings,
} from '../../../src/core/rotators/settings.ts'
import { Secret } from '../../../src/core/secret.ts'
import { credentialOf } from '../../support/rotator.ts'

type Given = Readonly<Record<string, unknown>>
type Reader = typeof partIfAny

const settingsFrom = (given: Given): Settings =>
  settingsOf(credentialOf({ group: 'app', names: [] }, { with: 'random', ...given }), ['private', 'public', 'key'])

const read = (reader: Reader, names: readonly string[], given: Given): unknown => {
  try {
    return reader({ group: 'app', names }, settingsFrom(given), 'private', ['PRIVATE', 'PEM'])
  } catch (error) {
    if (!(error instanceof SecretsError)) throw error
    return `${error.code} ${error.message}`
  }
}

const foreign = 'CONFIG private: OTHER is not a key of app'
const none = 'CONFIG private: no key of app ends in PRIVATE or PEM'
const several = 'CONFIG private: more than one key of app ends in PRIVATE or PEM'

suite('the part that a secret plays in its credential', () => {
  const rows: readonly [names: string[], given: Given, part: unknown, only: unknown, any: unknown][] = [
    [['A_PRIVATE', 'B'], {}, 'A_PRIVATE', 'A_PRIVATE', 'A_PRIVATE'],
    [['a_pem', 'B'], {}, 'a_pem', 'a_pem', 'a_pem'],
    [['A_PRIVATE', 'B'], { private: 'B' }, 'B', 'B', 'B'],
    [['A_PRIVATE', 'B'], { private: 'OTHER' }, foreign, foreign, foreign],
    [['A', 'B'], {}, none, none, null],
    [['A_PRIVATE', 'A_PEM'], {}, several, several, several],
    [['KEY'], {}, none, 'KEY', null],
    [['KEY'], { private: 'KEY' }, 'KEY', 'KEY', 'KEY'],
    [['KEY'], { private: 'OTHER' }, foreign, foreign, foreign],
  ]
  for (const [names, given, ...wanted] of rows) {
    test(`${names.join(', ')} ${JSON.stringify(given)}`, () => {
      assert.deepEqual(
        [partOf, onlyOrPartOf, partIfAny].map((reader) => read(reader, names, given)),
        wanted,
      )
    })
  }
})

suite('a key pair', () => {
  const pair = (names: readonly string[], given: Given): unknown => pairOf({ group: 'app', names }, settingsFrom(given))

  test('has two halves, or the private one alone', () => {
    assert.deepEqual(pair(['A_PRIVATE_KEY', 'A_PUBLIC_KEY'], {}), { secret: 'A_PRIVATE_KEY', open: 'A_PUBLIC_KEY' })
    assert.deepEqual(pair(['A', 'B'], { private: 'B', public: 'A' }), { secret: 'B', open: 'A' })
    assert.deepEqual(pair(['A'], {}), { secret: 'A', open: null })
  })

  test('no secret is both, and none is another group’s', () => {
    assert.throws(() => pair(['A'], { public: 'A' }), /public: A is not a key of app/)
    assert.throws(() => pair(['A_PRIVATE', 'B'], { public: 'A_PRIVATE' }), /public: A_PRIVATE is not a key of app/)
    assert.throws(() => pair(['A'], { public: 'OTHER' }), /public: OTHER is not a key of app/)
    assert.throws(() => pair(['A_PRIVATE', 'B'], {}), /public: no key of app ends in PUBLIC or PUBLIC_KEY/)
  })
})

suite('a secret that a setting names', () => {
  const named = (value: Secret | null): Secret =>
    secretNamed(settingsFrom({}), 'key', { secret: (name) => (name === 'ADMIN' ? value : null) }, 'ADMIN')

  test('is that of the project', () => {
    assert.equal(named(new Secret('its value')).reveal(), 'its value')
  })

  for (const [what, value] of [
    ['there is none', null],
    ['it is empty', new Secret('')],
  ] as const) {
    test(`is refused with what to type where ${what}`, () => {
      assert.throws(
        () => named(value),
        (error: unknown) =>
          error instanceof SecretsError &&
          error.code === 'CONFIG' &&
          error.message === 'key: ADMIN has no value' &&
          error.hint === 'lockstep set ADMIN --group GROUP, in a group that no container is given',
      )
    })
  }
})
