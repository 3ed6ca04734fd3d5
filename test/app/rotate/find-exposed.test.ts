import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { suite, test, type TestContext } from 'node:test'
import { fleetProject } from '../../../src/app/fleet/fleet-project.ts'
import { readTruth } from '../../../src/app/fleet/fleet-truth.ts'
import type { FoundLedger } from '../../../src/app/fleet/ledger-store.ts'
import { addOperator, removeOperator } from '../../../src/app/project/operators.ts'
import { findPassword } from '../../../src/app/project/project-password.ts'
import { openProject, type OpenProject } from '../../../src/app/project/open-project.ts'
import { changeProject } from '../../../src/app/project/change-project.ts'
import { exposedNotes, findExposed } from '../../../src/app/rotate/find-exposed.ts'
import { emptyLedger, type LedgerHost } from '../../../src/core/fleet/ledger.ts'
import type { Exposed } from '../../../src/core/rotate/exposed.ts'
import { Secret } from '../../../src/core/secret.ts'
import { projectIn, testTime, type TestProject } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'

const manifest = `project: shop
groups:
  session: { keys: [SESSION_KEY], rotate: { with: random, breaks: logins } }
  plain:   { keys: [PLAIN] }
containers:
  api: { hosts: web, groups: [session], image: "api:1" }
`

const shop = (t: TestContext): Promise<TestProject> =>
  projectIn(t, { manifest, secrets: { session: { SESSION_KEY: 'one' }, plain: { PLAIN: 'two' } } })

const inventory = {
  hosts: { onode1: { groups: ['web'], variables: {} }, gnode1: { groups: [], variables: {} } },
  groups: ['web'],
  patterns: { web: ['onode1'] },
}

const left: LedgerHost = {
  id: 'x',
  current: 1,
  generations: [
    {
      number: 1,
      id: 'y',
      revision: 1,
      at: '2025-01-01T00:00:00Z',
      state: 'used',
      secrets: { SESSION_KEY: 1, PLAIN: 1 },
    },
  ],
}

const found = (hosts: FoundLedger['ledger']['hosts'], isKnown = true): FoundLedger => ({
  ledger: { ...emptyLedger('shop', 'production'), hosts },
  isKnown,
  isReached: false,
  isRolledBack: false,
  unreadable: [],
  upToDate: [],
})

const ask = async (
  { ports, open }: Pick<TestProject, 'ports' | 'open'>,
  ledger: FoundLedger,
  who: string,
): Promise<Exposed> => {
  const own = open()
  const project = await fleetProject(own)
  const truth = readTruth(ports, project, null)
  truth.begin(inventory)
  return findExposed({ ports, open: own, project, truth, inventory }, ledger, who)
}

const states = ({ secrets }: Exposed): readonly string[] => secrets.map(({ name, state }) => `${name} ${state}`)

suite('whom --exposed-by names', () => {
  const rows: readonly [string, string, FoundLedger, readonly string[], boolean][] = [
    [
      'a host that is in the inventory no more',
      'gone',
      found({ gone: left }),
      ['PLAIN valid', 'SESSION_KEY valid'],
      false,
    ],
    ['a host that is given something', 'onode1', found({ onode1: left }), ['PLAIN valid', 'SESSION_KEY valid'], true],
    ['a host to which nothing was delivered', 'onode1', found({}), [], true],
    ['a host of which no ledger says anything', 'onode1', found({}, false), ['SESSION_KEY valid'], true],
    ['a host that is given nothing', 'gnode1', found({}, false), [], false],
  ]
  for (const [title, who, ledger, expected, readsOn] of rows) {
    test(title, async (t) => {
      const exposed = await ask(await shop(t), ledger, who)
      assert.deepEqual([exposed.kind, states(exposed), exposed.readsOn], ['host', expected, readsOn])
      assert.equal(exposed.isControl, false)
      const notes = exposedNotes(exposed, []).join('\n')
      assert.equal(/is given the new values too/.test(notes), readsOn)
      assert.equal(/nothing is known that/.test(notes), expected.length === 0)
    })
  }

  const control: readonly [string, string, string][] = [
    ['this machine', manifest, 'control1'],
    ['this machine, by its whole name', manifest, 'control1.example.com'],
    ['the only writer', `${manifest}only_writer: writer1\n`, 'writer1'],
  ]
  for (const [title, text, who] of control) {
    test(`where secrets are changed everything can be read: ${title}`, async (t) => {
      const secrets = { session: { SESSION_KEY: 'one' }, plain: { PLAIN: 'two' } }
      const { ports, open } = await projectIn(t, { manifest: text, secrets })
      const machine = { ...ports.machine, hostname: 'control1.example.com' }
      const exposed = await ask({ ports: { ...ports, machine }, open }, found({}), who)
      assert.deepEqual([exposed.kind, exposed.isControl, exposed.readsOn], ['host', true, true])
      assert.deepEqual(states(exposed), ['PLAIN valid', 'SESSION_KEY valid'])
      assert.match(exposedNotes(exposed, []).join('\n'), /opens the whole project, and its password: .*lockstep rekey/)
    })
  }

  test('nobody of that name', async (t) => {
    const error = await refusal('USAGE', ask(await shop(t), found({ gone: left }), 'onode'))
    assert.match(error.message, /no host and no operator is called onode; did you mean onode1\?/)
    assert.match(error.hint ?? '', /hosts: onode1, gnode1, gone; operators: none/)
  })

  test('an operator reads everything; one who has left what was there then, by the commit that took them out', async (t) => {
    const project = await shop(t)
    const { root, ports } = project
    const clock = { now: (): number => testTime, sleep: ports.clock.sleep }
    const git = (...args: readonly string[]): void => {
      const at = new Date(testTime + 60_000).toISOString()
      const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at }
      execFileSync('git', ['-c', 'user.name=me', '-c', 'user.email=me@here', ...args], {
        cwd: root,
        env,
        stdio: 'pipe',
      })
    }
    git('init', '-q')
    const recipient = 'age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq'
    await addOperator(ports, project.open(), { name: 'anna', recipient })
    git('add', 'secrets')
    git('commit', '-qm', 'anna')

    const inside = await ask(project, found({}), 'anna')
    assert.deepEqual([inside.kind, states(inside)], ['operator', ['PLAIN valid', 'SESSION_KEY valid']])
    assert.match(
      exposedNotes(inside, []).join('\n'),
      /anna opens the new values too: lockstep operators remove anna first/,
    )

    await removeOperator({ ...ports, clock }, project.open(), { name: 'anna' })
    const { password } = await findPassword(ports, project.project)
    const open = (): OpenProject => openProject(ports, project.project, password)
    const leaving = await refusal('CONFLICT', ask({ ports, open }, found({}), 'anna'))
    assert.match(leaving.message, /anna was taken out, and that is not committed/)
    git('add', '-A', 'secrets')
    git('commit', '-qm', 'anna leaves')

    const later = { ...ports, clock: { ...clock, now: (): number => testTime + 3_600_000 } }
    const write = (name: string, group: string, value: string): Parameters<typeof changeProject>[2] => ({
      writes: [{ name, group, value: new Secret(value) }],
    })
    await changeProject(later, open(), write('SESSION_KEY', 'session', 'another'))
    await changeProject(later, open(), write('NEW', 'plain', 'that anna never saw'))
    const outside = await ask({ ports, open }, found({}), 'anna')
    assert.deepEqual(
      [outside.kind, outside.readsOn, states(outside)],
      ['operator', false, ['PLAIN valid', 'SESSION_KEY unended']],
    )
    await refusal('USAGE', ask({ ports, open }, found({}), 'ann/a'))
  })
})
