import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { day } from '../../../src/core/duration.ts'
import type { ProjectSecret } from '../../../src/core/fleet/desired.ts'
import type { Manifest } from '../../../src/core/manifest/manifest.ts'
import { parseManifest } from '../../../src/core/manifest/parse-manifest.ts'
import { ageNote, candidate, choose, type Candidate, type Wish } from '../../../src/core/rotate/choose.ts'
import { credentialsOf, unlistedBeside, writtenNames } from '../../../src/core/rotate/credentials.ts'
import { refusal } from '../../support/refusal.ts'

const manifest: Manifest = parseManifest(
  `project: shop
groups:
  aws:     { keys: [AWS_ID, AWS_SECRET], rotate: { with: aws-iam, every: 30d } }
  session: { keys: [SESSION_KEY], rotate: { with: random, every: 7d, previous: SESSION_KEY_PREVIOUS } }
  tokens:  { keys: [A_TOKEN, B_TOKEN], rotate: { with: random, breaks: mails } }
  plain:   { keys: [PLAIN] }
`,
  { at: 'lockstep.yaml', environment: 'production' },
)

const now = Date.parse('2026-11-01T00:00:00Z')
const secret = (group: string, name: string, days: number, host: string | null = null): ProjectSecret => ({
  name,
  group,
  host,
  version: 1,
  set: new Date(now - days * day).toISOString(),
  rotated: null,
})

const secrets: readonly ProjectSecret[] = [
  secret('aws', 'AWS_ID', 31),
  secret('aws', 'AWS_SECRET', 2),
  secret('session', 'SESSION_KEY', 1),
  secret('session', 'SESSION_KEY_PREVIOUS', 90),
  secret('tokens', 'A_TOKEN', 5),
  secret('tokens', 'B_TOKEN', 5),
  secret('tokens', 'B_TOKEN', 5, 'onode1'),
  secret('plain', 'PLAIN', 5),
]

const credentials = credentialsOf(manifest, secrets, ({ name }) => name !== 'aws')
const hosts: Readonly<Record<string, readonly string[]>> = {
  aws: ['anode1', 'onode1'],
  'tokens/B_TOKEN@onode1': ['onode1'],
}
const candidates: readonly Candidate[] = credentials.map((one) =>
  candidate(one, secrets, hosts[one.id] ?? ['anode1', 'gnode1'], now),
)

const all: Wish = { names: [], hosts: null, due: false }
const chosen = (wish: Partial<Wish>): readonly string[] =>
  choose(manifest, candidates, { ...all, ...wish }).chosen.map(({ credential }) => credential.id)
const left = (wish: Partial<Wish>): readonly string[] =>
  choose(manifest, candidates, { ...all, ...wish }).left.map(({ credential, why }) => `${credential.id}: ${why}`)

const ids = ['aws', 'session/SESSION_KEY', 'tokens/A_TOKEN', 'tokens/B_TOKEN', 'tokens/B_TOKEN@onode1']

suite('what is rotated', () => {
  test('an access key is one credential; random values are one each, and one more where a host has its own', () => {
    assert.deepEqual(
      credentials.map(({ id }) => id),
      ids,
    )
    assert.deepEqual(
      credentials.map(({ names }) => names.join(' ')),
      ['AWS_ID AWS_SECRET', 'SESSION_KEY', 'A_TOKEN', 'B_TOKEN', 'B_TOKEN'],
    )
    assert.deepEqual(credentials.slice(1, 2).flatMap(writtenNames), ['SESSION_KEY', 'SESSION_KEY_PREVIOUS'])
  })

  const rows: readonly [Partial<Wish>, readonly string[]][] = [
    [{}, ids],
    [{ names: ['AWS_SECRET'] }, ['aws']],
    [{ names: ['tokens'] }, ids.slice(2)],
    [{ names: ['tokens/A_TOKEN', 'SESSION_KEY'] }, ['session/SESSION_KEY', 'tokens/A_TOKEN']],
    [{ names: ['B_TOKEN'] }, ['tokens/B_TOKEN', 'tokens/B_TOKEN@onode1']],
    [{ names: ['aws/AWS_SECRET'] }, ['aws']],
    [{ due: true }, ['aws']],
    [{ hosts: ['onode1'] }, ['tokens/B_TOKEN@onode1']],
    [{ only: new Set(['tokens/B_TOKEN@onode1', 'aws']) }, ['aws', 'tokens/B_TOKEN@onode1']],
    [{ only: new Set() }, []],
    [{ hosts: ['onode1', 'anode1'] }, ['aws', 'tokens/B_TOKEN@onode1']],
  ]
  for (const [wish, expected] of rows) {
    const title = JSON.stringify(wish, (_, value: unknown) => (value instanceof Set ? [...value] : value))
    test(`${title}: ${expected.join(', ')}`, () => assert.deepEqual(chosen(wish), expected))
  }

  test('a name without a value is perhaps another one with a slip in it', () => {
    const beside = (keys: string, has: readonly string[], names: readonly string[]): readonly string[] =>
      unlistedBeside(
        parseManifest(
          `project: shop\ngroups: { db: { ${keys}rotate: { with: random${keys === '' ? '' : ', previous: OLD'} } } }\n`,
          {
            at: 'x',
          },
        ),
        has.map((name) => ({ group: 'db', host: null, name, version: 1, set: '', rotated: null, fingerprint: '' })),
        { group: 'db', names },
      )
    assert.deepEqual(beside('keys: [TOKN], ', ['TOKEN', 'OLD'], ['TOKN']), ['TOKEN'])
    assert.deepEqual(beside('keys: [TOKN], ', ['OLD'], ['TOKN']), [], 'a first value')
    assert.deepEqual(beside('keys: [TOKEN], ', ['TOKEN', 'MORE'], ['TOKEN']), [])
    assert.deepEqual(beside('', ['TOKEN', 'MORE'], ['TOKEN']), [], 'it lists nothing')
  })

  test('what is not meant is not even left alone', () => {
    assert.deepEqual(left({ only: new Set(['aws']), due: true }), [])
    assert.deepEqual(left({ only: new Set(['tokens/A_TOKEN']), due: true }), ['tokens/A_TOKEN: not due'])
  })

  test('what is left alone says why', () => {
    assert.deepEqual(left({ hosts: ['onode1'] }), [
      'aws: anode1 has it as well',
      'session/SESSION_KEY: anode1, gnode1 have it as well',
      'tokens/A_TOKEN: anode1, gnode1 have it as well',
      'tokens/B_TOKEN: anode1, gnode1 have it as well',
    ])
    assert.equal(left({ due: true })[0], 'session/SESSION_KEY: not due')
  })

  const refusals: readonly [Partial<Wish>, 'USAGE' | 'CONFIG' | 'CONFLICT', RegExp][] = [
    [{ names: ['PLAIN'] }, 'CONFIG', /nothing says how to rotate PLAIN/],
    [{ names: ['histroy'] }, 'USAGE', /did you mean history\?/],
    [{ names: ['plain'] }, 'CONFIG', /nothing says how to rotate plain/],
    [{ names: ['AWS_SECERT'] }, 'USAGE', /no secret or group AWS_SECERT can be rotated; did you mean AWS_SECRET\?/],
    [{ names: ['aws'], hosts: ['onode1'] }, 'CONFLICT', /anode1 has it as well/],
  ]
  for (const [wish, code, message] of refusals) {
    test(`${JSON.stringify(wish)} is refused`, async () => {
      assert.match((await refusal(code, async () => chosen(wish))).message, message)
    })
  }

  for (const [title, days, latest, expected] of [
    ['set just now', 0, now, ['fresh', false]],
    ['by a clock that was a little ahead', -1, now, ['fresh', false]],
    ['by one that was wrong: nobody knows its age', -2, now, ['due', true]],
    ['where other clocks say that it is the one here that is wrong', -2, now + 2 * day, ['fresh', false]],
    ['and that none of them is right', -9, now + 2 * day, ['due', true]],
  ] as const) {
    test(`a value that was ${title}`, () => {
      const own = [secret('tokens', 'A_TOKEN', days), secret('plain', 'PLAIN', -99)]
      const [token = assert.fail()] = credentialsOf(
        parseManifest('project: shop\ngroups: { tokens: { keys: [A_TOKEN], rotate: { with: random, every: 30d } } }', {
          at: 'lockstep.yaml',
        }),
        own,
        () => true,
      )
      const { age, state } = candidate(token, own, [], now, latest)
      assert.deepEqual([age, state, ageNote(token, own, latest) !== null], [0, ...expected])
    })
  }

  test('what is never due is not due for its age either', () => {
    const own = [secret('tokens', 'A_TOKEN', -99)]
    const [one = assert.fail()] = credentialsOf(manifest, own, () => true).filter(({ id }) => id === 'tokens/A_TOKEN')
    assert.equal(candidate(one, own, [], now).state, 'fresh')
    assert.match(ageNote(one, own, now) ?? '', /^tokens\/A_TOKEN: its age is not known: .*: a clock was wrong$/)
  })

  test('the oldest of its secrets says how old a credential is', () => {
    assert.deepEqual(
      candidates.map(({ age, state }) => [(age ?? 0) / day, state]),
      [
        [31, 'overdue'],
        [1, 'fresh'],
        [5, 'fresh'],
        [5, 'fresh'],
        [5, 'fresh'],
      ],
    )
  })
})
