import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { PlacedSecret, ProjectSecret } from '../../../src/core/fleet/desired.ts'
import type { LedgerGeneration } from '../../../src/core/fleet/ledger.ts'
import { parseManifest } from '../../../src/core/manifest/parse-manifest.ts'
import { credentialsOf } from '../../../src/core/rotate/credentials.ts'
import { credentialsFor, exposedSecrets, remedyOf, type ExposedSecret } from '../../../src/core/rotate/exposed.ts'
import type { CredentialEnd, PastRotation, RotationJournal } from '../../../src/core/rotate/journal.ts'
import { readableBy, readableOn, type HostSources, type Readable } from '../../../src/core/rotate/readable.ts'
import type { SecretRecord } from '../../../src/core/secrets/metadata.ts'
import { openCredential } from '../../support/rotation.ts'

const manifest = parseManifest(
  `project: shop
groups:
  aws:     { keys: [AWS_ID, AWS_SECRET], rotate: { with: aws-iam } }
  session: { keys: [SESSION_KEY], rotate: { with: random, previous: SESSION_KEY_PREVIOUS } }
  token:   { keys: [TOKEN], rotate: { with: person } }
  plain:   { keys: [PLAIN, OTHER] }
`,
  { at: 'lockstep.yaml', environment: 'production' },
)

const at = (dayOfMonth: number): string => `2026-11-${String(dayOfMonth).padStart(2, '0')}T00:00:00Z`

/** In this version, set on this day of November. */
const secret = (group: string, name: string, [version, set]: [number, number], host: string | null = null) =>
  ({ name, group, host, version, set: at(set), rotated: null }) satisfies ProjectSecret

const secrets: readonly ProjectSecret[] = [
  secret('aws', 'AWS_ID', [2, 5]),
  secret('aws', 'AWS_SECRET', [3, 5]),
  secret('session', 'SESSION_KEY', [7, 9]),
  secret('session', 'SESSION_KEY_PREVIOUS', [6, 9]),
  secret('token', 'TOKEN', [3, 4]),
  secret('plain', 'PLAIN', [4, 3]),
  secret('plain', 'PLAIN', [6, 8], 'onode1'),
  secret('plain', 'OTHER', [1, 1]),
]

const credentials = credentialsOf(manifest, secrets, ({ name }) => name === 'session')

const judged = (readable: readonly Readable[], journal: RotationJournal = {}): readonly ExposedSecret[] =>
  exposedSecrets(readable, { secrets, credentials, endsNothing: new Set(['token']), journal })

/** Read on a host, on this day. */
const read = (name: string, version: number | null, day: number, more: Partial<Readable> = {}): Readable => ({
  name,
  owners: ['onode1', null],
  version,
  at: at(day),
  isInForce: false,
  proof: 'generation 1',
  ...more,
})

const past = (id: string, end: CredentialEnd, [from, to]: [number, number], isEmergency = false): PastRotation => ({
  id: `${id} ${from}`,
  at: at(from),
  ended: at(to),
  by: 'me',
  reason: null,
  isEmergency,
  credentials: { [id]: end },
  hosts: {},
})

const session = 'session/SESSION_KEY'
const waits = openCredential({
  names: ['AWS_ID', 'AWS_SECRET'],
  state: 'promoted',
  from: { AWS_ID: 1, AWS_SECRET: 2 },
  versions: { AWS_ID: 2, AWS_SECRET: 3 },
})

suite('what a version that could be read is good for', () => {
  const rows: readonly [string, Readable, RotationJournal, string][] = [
    ['in force', read('AWS_SECRET', 3, 6), {}, 'AWS_SECRET 3/3 valid rotate aws'],
    ['replaced, and ended', read('AWS_SECRET', 2, 4), { ended: { AWS_SECRET: 3 } }, 'AWS_SECRET 2/3 replaced none aws'],
    ['replaced by hand', read('AWS_SECRET', 2, 4), { ended: { AWS_SECRET: 2 } }, 'AWS_SECRET 2/3 unended look aws'],
    [
      'ended on another host',
      read('AWS_SECRET', 2, 4),
      { ended: { 'AWS_SECRET@b': 3 } },
      'AWS_SECRET 2/3 unended look aws',
    ],
    ['a person ends it, or nobody', read('TOKEN', 2, 3), { ended: { TOKEN: 3 } }, 'TOKEN 2/3 unended look token'],
    ['by hand, and nothing rotates it', read('PLAIN', 2, 2, { owners: ['b', null] }), {}, 'PLAIN 2/4 unended look -'],
    [
      'nothing rotates it any more',
      read('PLAIN', 2, 2, { owners: ['b', null] }),
      { ended: { PLAIN: 4 } },
      'PLAIN 2/4 unended look -',
    ],
    ['newer than here: the clone is behind', read('AWS_SECRET', 9, 6), {}, 'AWS_SECRET 9/3 valid rotate aws'],
    ['older, and the same value', read('OTHER', 0, 1, { isInForce: true }), {}, 'OTHER 0/1 valid set -'],
    ['nothing rotates it', read('OTHER', 1, 4), {}, 'OTHER 1/1 valid set -'],
    ['no longer there', read('GONE', 2, 4), {}, 'GONE 2/- removed look -'],
    ['waits for its end', read('AWS_SECRET', 2, 4), { credentials: [waits] }, 'AWS_SECRET 2/3 former end aws'],
    [
      'older than what waits',
      read('AWS_SECRET', 1, 1),
      { credentials: [waits], ended: { AWS_SECRET: 2 } },
      'AWS_SECRET 1/3 replaced none aws',
    ],
    ['on its way is not over', read('AWS_SECRET', 3, 6), { credentials: [waits] }, 'AWS_SECRET 3/3 valid rotate aws'],
    ['a host of its own', read('PLAIN', 6, 9), {}, 'PLAIN@onode1 6/6 valid set -'],
    ['the shared one from before it had its own', read('PLAIN', 4, 7), {}, 'PLAIN 4/4 valid set -'],
    [
      'newer than the shared, not than its own',
      read('PLAIN', 5, 7, { owners: ['onode1'] }),
      {},
      'PLAIN@onode1 5/6 unended look -',
    ],
    [
      'the previous one itself',
      read('SESSION_KEY_PREVIOUS', 6, 9),
      {},
      `SESSION_KEY_PREVIOUS 6/6 valid rotate ${session}`,
    ],
    [
      'a previous one of before',
      read('SESSION_KEY_PREVIOUS', 5, 8),
      { ended: { SESSION_KEY_PREVIOUS: 6 } },
      `SESSION_KEY_PREVIOUS 5/6 replaced none ${session}`,
    ],
    ['may be the previous one', read('SESSION_KEY', 6, 8), {}, `SESSION_KEY 6/7 previous rotate ${session}`],
    [
      'rotated once since: it is the previous one',
      read('SESSION_KEY', 6, 8),
      { rotations: [past(session, 'retired', [9, 9])] },
      `SESSION_KEY 6/7 previous rotate ${session}`,
    ],
    [
      'rotated twice since: it was dropped',
      read('SESSION_KEY', 5, 7),
      { rotations: [past(session, 'retired', [8, 8]), past(session, 'promoted', [9, 9])], ended: { SESSION_KEY: 7 } },
      `SESSION_KEY 5/7 replaced none ${session}`,
    ],
    [
      'of two rotations one was taken back',
      read('SESSION_KEY', 5, 7),
      { rotations: [past(session, 'withdrawn', [8, 8]), past(session, 'promoted', [9, 9])] },
      `SESSION_KEY 5/7 previous rotate ${session}`,
    ],
    [
      'an emergency keeps no previous one',
      read('SESSION_KEY', 6, 8),
      { rotations: [past(session, 'retired', [9, 9], true)], ended: { SESSION_KEY: 7 } },
      `SESSION_KEY 6/7 replaced none ${session}`,
    ],
    [
      'taken back: the former value has a new version',
      read('AWS_SECRET', 1, 3),
      { rotations: [past('aws', 'withdrawn', [4, 6])] },
      'AWS_SECRET 1/3 valid rotate aws',
    ],
    [
      'taken back before the value in force was set',
      read('AWS_SECRET', 1, 3),
      { rotations: [past('aws', 'withdrawn', [3, 4])], ended: { AWS_SECRET: 3 } },
      'AWS_SECRET 1/3 replaced none aws',
    ],
    [
      'taken back by a rotation that is in no history any more',
      read('AWS_SECRET', 1, 3),
      { ended: { AWS_SECRET: 3 }, returned: { AWS_SECRET: 3 } },
      'AWS_SECRET 1/3 valid rotate aws',
    ],
    [
      'what was before an operator left, the same',
      read('AWS_SECRET', null, 3, { owners: [null] }),
      { ended: { AWS_SECRET: 3 }, returned: { AWS_SECRET: 3 } },
      'AWS_SECRET </3 valid rotate aws',
    ],
    [
      'taken back, as a clone sees it that has not heard of that',
      read('AWS_SECRET', 1, 3),
      { ended: { AWS_SECRET: 5 }, returned: { AWS_SECRET: 5 } },
      'AWS_SECRET 1/3 valid rotate aws',
    ],
    [
      'taken back, and rotated since: it waits for its end under the version that it was given',
      read('AWS_SECRET', 1, 1),
      { credentials: [waits], ended: { AWS_SECRET: 2 }, returned: { AWS_SECRET: 2 } },
      'AWS_SECRET 1/3 former end aws',
    ],
    [
      'taken back, and replaced by hand since',
      read('AWS_SECRET', 1, 1),
      { ended: { AWS_SECRET: 2 }, returned: { AWS_SECRET: 2 } },
      'AWS_SECRET 1/3 unended look aws',
    ],
    [
      'the value of another host was taken back',
      read('AWS_SECRET', 1, 3),
      { ended: { AWS_SECRET: 3 }, returned: { 'AWS_SECRET@b': 3 } },
      'AWS_SECRET 1/3 replaced none aws',
    ],
    [
      'another one was taken back',
      read('AWS_SECRET', 1, 3),
      { rotations: [past(session, 'withdrawn', [4, 6])], ended: { AWS_SECRET: 3 } },
      'AWS_SECRET 1/3 replaced none aws',
    ],
  ]
  for (const [title, readable, journal, expected] of rows) {
    test(`${title}: ${expected}`, () => assert.deepEqual(judged([readable], journal).map(words), [expected]))
  }

  test('what waits is found where lockstep.yaml no longer says how it is rotated', () => {
    const facts = { secrets, credentials: [], endsNothing: new Set<string>(), journal: { credentials: [waits] } }
    const [one] = exposedSecrets([read('AWS_SECRET', 2, 4)], facts)
    assert.deepEqual([one?.state, one?.credential], ['former', 'aws'])
  })

  test('of a shared value and one of its own, each that may be good still is told', () => {
    assert.deepEqual(judged([read('PLAIN', 2, 2)]).map(words), [
      'PLAIN@onode1 2/6 unended look -',
      'PLAIN 2/4 unended look -',
    ])
  })

  test('proofs of one version stand together; the latest time counts; what must be done comes first', () => {
    const found = judged(
      [
        read('AWS_ID', 1, 1, { proof: 'generation 1' }),
        read('SESSION_KEY', 6, 7, { proof: 'generation 2' }),
        read('SESSION_KEY', 6, 9, { proof: 'generation 3' }),
        read('OTHER', 1, 9, { proof: 'generation 3' }),
      ],
      { rotations: [past(session, 'retired', [8, 8]), past(session, 'retired', [10, 10])] },
    )
    assert.deepEqual(
      found.map((one) => `${words(one)}: ${one.proofs.join(', ')}`),
      [
        'OTHER 1/1 valid set -: generation 3',
        `SESSION_KEY 6/7 previous rotate ${session}: generation 2, generation 3`,
        'AWS_ID 1/2 unended look aws: generation 1',
      ],
    )
    assert.deepEqual([...credentialsFor({ secrets: found }, 'rotate')], [session])
  })
})

const generation = (number: number, day: number, versions: Readonly<Record<string, number>>): LedgerGeneration => ({
  number,
  id: `id${number}`,
  revision: number,
  at: at(day),
  state: 'used',
  secrets: versions,
})

const placed: readonly PlacedSecret[] = secrets
  .filter(({ name, host }) => name === 'PLAIN' && host === 'onode1')
  .map((one) => ({ ...one, fingerprint: 'f-new', former: ['f-former-key'] }))

const host = (over: Partial<HostSources>): HostSources => ({
  host: 'onode1',
  known: undefined,
  facts: null,
  open: [],
  placed: [],
  isWithoutLedger: false,
  now: at(20),
  ...over,
})

const scopes = (name: string, version: number, fingerprint: string): NonNullable<HostSources['facts']>['scopes'] => ({
  host: {
    wrong: [],
    manifest: {
      scope: 'host',
      host: 'onode1',
      generation: { number: 3, id: 'id3' },
      revision: 3,
      secrets: { [name]: { group: 'plain', version, fingerprint } },
      runtime: { rung: 'host', uid: null },
    },
  },
})

suite('what a host could read', () => {
  const rows: readonly [string, Partial<HostSources>, readonly string[]][] = [
    ['nothing was delivered', { placed }, []],
    [
      'every generation that the ledger knows, in force or not',
      { known: { id: 'x', current: 2, generations: [generation(1, 2, { A: 1 }), generation(2, 3, { A: 2, B: 1 })] } },
      [
        'A 1: generation 1 of 2026-11-02: the ledger',
        'A 2: generation 2 of 2026-11-03: the ledger',
        'B 1: generation 2 of 2026-11-03: the ledger',
      ],
    ],
    [
      'the former value of a rotation whose generation is gone',
      { known: { id: 'x', current: 2, generations: [generation(2, 3, { AWS_ID: 2 })] }, open: [waits] },
      [
        'AWS_ID 2: generation 2 of 2026-11-03: the ledger',
        'AWS_ID 1: in force until rotation 12345678 of 2026-01-01',
        'AWS_SECRET 2: in force until rotation 12345678 of 2026-01-01',
      ],
    ],
    [
      'a value that was not switched to yet',
      { facts: { scopes: {}, staged: { number: 3, scopes: scopes('PLAIN', 5, 'f-new') } }, placed },
      ['PLAIN 5 in force: generation 3: its manifest'],
    ],
    [
      'the same value under another version, by its fingerprint',
      { facts: { scopes: scopes('PLAIN', 2, 'f-former-key'), staged: null }, placed },
      ['PLAIN 2 in force: generation 3: its manifest'],
    ],
    [
      'another value',
      { facts: { scopes: scopes('PLAIN', 2, 'f-old'), staged: null }, placed },
      ['PLAIN 2: generation 3: its manifest'],
    ],
    [
      'all that it is given, where no ledger says what it has',
      { isWithoutLedger: true, placed },
      ['PLAIN 6 in force: lockstep.yaml gives it to this host, and no ledger says what was delivered'],
    ],
  ]
  for (const [title, sources, expected] of rows) {
    test(title, () => assert.deepEqual(readableOn(host(sources)).map(readWords), expected))
  }
})

suite('what an operator could read', () => {
  const record = (version: number, day: number, before: string | null): SecretRecord => ({
    version,
    set: at(day),
    rotated: null,
    fingerprint: 'f',
    before,
  })
  const files = new Map([
    ['aws.env', new Map([['AWS_ID', record(2, 5, 'x')]])],
    ['session.env', new Map([['SESSION_KEY', record(7, 9, 'x')]])],
  ])
  const by = (left: string | null): readonly string[] =>
    readableBy({ name: 'anna', left, secrets, metadata: { files }, now: at(20) }).map(readWords)

  test('who has not left reads everything', () => {
    assert.equal(by(null).length, secrets.length)
    assert.equal(by(null)[0], 'AWS_ID 2 in force: aws.env: version 2 of 2026-11-05, which anna opens')
  })

  test('who has left knows what was set before, the versions before what was replaced since, and nothing that is new', () => {
    assert.deepEqual(by(at(5)), [
      'AWS_ID 2 in force: aws.env: version 2 of 2026-11-05, before anna left on 2026-11-05',
      'AWS_SECRET 3 in force: aws.env: version 3 of 2026-11-05, before anna left on 2026-11-05',
      'SESSION_KEY before: session.env: what was there before anna left on 2026-11-05',
      'TOKEN 3 in force: token.env: version 3 of 2026-11-04, before anna left on 2026-11-05',
      'PLAIN 4 in force: plain.env: version 4 of 2026-11-03, before anna left on 2026-11-05',
      'OTHER 1 in force: plain.env: version 1 of 2026-11-01, before anna left on 2026-11-05',
    ])
  })

  const mine = (version: number | null): Readable => read('AWS_SECRET', version, 4, { owners: [null] })

  test('what was replaced since is void where it was ended', () => {
    assert.deepEqual(judged([mine(null)]).map(words), ['AWS_SECRET </3 unended look aws'])
    assert.deepEqual(judged([mine(null)], { ended: { AWS_SECRET: 2 } }).map(words), ['AWS_SECRET </3 unended look aws'])
    assert.deepEqual(judged([mine(null)], { ended: { AWS_SECRET: 3 } }).map(words), [
      'AWS_SECRET </3 replaced none aws',
    ])
    assert.deepEqual(judged([mine(null)], { credentials: [waits] }).map(words), ['AWS_SECRET </3 former end aws'])
  })
})

const words = (one: ExposedSecret): string => {
  const owner = one.host === null ? '' : `@${one.host}`
  const versions = `${one.version ?? '<'}/${one.inForce ?? '-'}`
  return `${one.name}${owner} ${versions} ${one.state} ${remedyOf(one)} ${one.credential ?? '-'}`
}

const readWords = ({ name, version, isInForce, proof }: Readable): string =>
  `${name} ${version ?? 'before'}${isInForce ? ' in force' : ''}: ${proof}`
