import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ListedForAudit, ProjectFacts } from '../../../src/core/audit/audit-project.ts'
import { auditProject, toolFindings } from '../../../src/core/audit/audit-project.ts'

const day = 86_400_000
const clean: ProjectFacts = {
  project: 'shop',
  uid: 1000,
  paths: [
    { path: '.', mode: 0o755, uid: 1000 },
    { path: 'lockstep.yaml', mode: 0o664, uid: 0 },
  ],
  plain: { files: [], history: [], passedOver: 0 },
  password: { isWeak: false, sharedWith: [], since: 0 },
  uncommitted: [],
  leavers: [{ name: 'ben', left: '2026-01-02T00:00:00Z', secrets: [] }],
  strangers: [],
  hostDirectory: null,
  tools: [{ tool: 'git', said: 'git version 2.99.0' }],
  secrets: [],
  now: 700 * day,
}

const secret = (given: Partial<ListedForAudit>): ListedForAudit => ({
  name: 'KEY',
  host: null,
  group: 'app',
  state: 'fresh',
  age: day,
  every: null,
  with: null,
  given: true,
  users: [],
  declared: true,
  ...given,
})

test('each thing that is wrong has its finding, and what is right none', () => {
  const rows: readonly (readonly [Partial<ProjectFacts>, readonly string[]])[] = [
    [{}, []],
    [{ paths: [{ path: '.', mode: 0o777, uid: 1000 }] }, ['PROJECT-LOOSE . chmod go-w .']],
    [{ paths: [{ path: '-x y', mode: 0o646, uid: 0 }] }, ["PROJECT-LOOSE -x y chmod go-w './-x y'"]],
    // as `schedule install` judges what root's jobs read
    [{ uid: 0, paths: [{ path: 'a', mode: 0o664, uid: 0 }] }, ['PROJECT-LOOSE a chmod go-w a']],
    [{ uid: 0, paths: [{ path: 'a', mode: 0o644, uid: 0 }] }, []],
    [{ paths: [{ path: 'a', mode: 0o600, uid: 1001 }] }, ['PROJECT-LOOSE a chown 1000 a']],
    [
      { plain: { files: [{ path: '.env', names: ['A', 'B'], isTracked: false }], history: [], passedOver: 0 } },
      ['PLAIN-COPY .env rm .env'],
    ],
    [
      { plain: { files: [{ path: 'x', names: ['A'], isTracked: true }], history: [], passedOver: 0 } },
      ['PLAIN-IN-GIT x git rm --cached x; then new values: everybody with the repository has these'],
    ],
    [{ password: { isWeak: true, sharedWith: [], since: null } }, ['PASSWORD-WEAK project password lockstep rekey']],
    [
      { password: { isWeak: false, sharedWith: ['staging'], since: null } },
      ['PASSWORD-WEAK project password lockstep rekey'],
    ],
    [{ now: 731 * day }, ['PASSWORD-WEAK project password lockstep rekey']],
    [
      { leavers: [{ name: 'anna', left: '2026-01-02T00:00:00Z', secrets: ['A'] }] },
      ['LEAVER-KNOWS anna lockstep rotate --exposed-by anna: it names what has to be set by hand'],
    ],
    [
      { strangers: ['secrets/operators/eve.age'] },
      [
        'OPERATOR-UNKNOWN secrets/operators/eve.age git log -- secrets/operators/eve.age names who put it there; git rm secrets/operators/eve.age, then lockstep rekey',
      ],
    ],
    [{ uncommitted: ['secrets/a.env'] }, ['NOT-COMMITTED secrets/a.env git add, git commit, git push']],
    [{ uncommitted: ['a', 'b'] }, ['NOT-COMMITTED - git add, git commit, git push']],
    [
      { hostDirectory: '/opt/shop' },
      ['CONTROL-HOST /opt/shop run lockstep on a machine of its own, without containers'],
    ],
    [
      { tools: [{ tool: 'git', said: 'git version 2.50.0' }] },
      ['TOOL-ADVISORY git update git, or look the numbers up at your distribution’s'],
    ],
    [
      { secrets: [secret({ state: 'overdue', age: 40 * day, every: 30 * day, host: 'h1' })] },
      ['SECRET-OVERDUE KEY (h1) lockstep rotate KEY'],
    ],
    [{ secrets: [secret({ state: 'due' }), secret({ state: 'missing', given: false })] }, []],
    [
      {
        secrets: [
          secret({ given: false }),
          secret({ declared: false }),
          secret({ given: false, users: ['rotation of database'] }),
        ],
      },
      Array(2).fill('SECRET-UNUSED KEY lockstep rm KEY, or give it to whoever needs it in lockstep.yaml'),
    ],
  ]
  for (const [facts, expected] of rows) {
    const found = auditProject({ ...clean, ...facts }).map((one) => `${one.id} ${one.path ?? '-'} ${one.fix}`)
    assert.deepEqual(found, expected)
  }
})

test('what is in a file and in the history is told once, what is only in the history with its commit', () => {
  const found = auditProject({
    ...clean,
    plain: {
      files: [{ path: 'x', names: ['A'], isTracked: true }],
      history: [
        { path: 'x', names: ['A'], commit: 'c0ffee0' },
        { path: 'y', names: ['B'], commit: 'c0ffee1' },
        { path: 'object 123', names: ['C'], commit: null },
      ],
      passedOver: 0,
    },
  })
  assert.deepEqual(
    found.map(({ message }) => message),
    [
      'git has it, and it holds in plain text: A',
      'commit c0ffee1 has in plain text: B',
      'git still keeps in plain text: C',
    ],
  )
})

test('the engine of a host is judged there', () => {
  assert.deepEqual(toolFindings('host1', 'docker', '99.0.0'), [])
  assert.deepEqual(
    toolFindings('host1', 'docker', '20.10.24').map(({ id, host, path }) => [id, host, path]),
    [['TOOL-ADVISORY', 'host1', 'docker']],
  )
})
