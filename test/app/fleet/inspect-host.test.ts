import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { fleetProject } from '../../../src/app/fleet/fleet-project.ts'
import { inspectHost } from '../../../src/app/fleet/inspect-host.ts'
import type { WatchQuestion } from '../../../src/app/fleet/inspect-host.ts'
import type { HostIdentity } from '../../../src/core/fleet/host-facts.ts'
import type { Operation } from '../../../src/core/fleet/fleet.ts'
import { auditFacts } from '../../support/audit.ts'
import { hostFacts } from '../../support/container.ts'
import type { WatchFacts } from '../../../src/core/watch/watch-facts.ts'
import { projectIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { watchEvent, watchFacts } from '../../support/watch.ts'

const identity: HostIdentity = { project: 'shop', environment: 'production', host: 'host1', id: 'f0' }

interface Call {
  readonly operation: Operation
  readonly blobs: readonly Uint8Array[]
}

/** What host1 is asked, and what it was said to be looked for there, where it says that it is this one. Its watch wrote three
 *  events and hands out one first. */
const asked = async (
  t: TestContext,
  says: HostIdentity | null,
  walk: boolean,
  watch?: WatchQuestion,
  floods: Partial<WatchFacts> = {},
) => {
  const { ports, open } = await projectIn(t, {
    secrets: { aws: { AWS_KEY: 'kR7vW2Zq8xTn4b', PIN: '1234' }, db: { DB_KEY: 'of-another-host-kR7vW2Zq' } },
  })
  const project = await fleetProject(open())
  const placed = project.secrets
    .filter(({ group }) => group === 'aws')
    .map((one) => ({ ...one, fingerprint: '', former: [] }))
  const want = {
    host: 'host1',
    directory: '/opt/shop',
    rung: 'host',
    scopes: [{ scope: 'host', uid: null, groups: ['aws'], secrets: placed }],
    containers: [],
  }
  const calls: Call[] = []
  const channel = {
    name: 'host1',
    batch: ['host1'],
    check: false,
    call: async (operation: Operation, { blobs = [] }: { readonly blobs?: readonly Uint8Array[] } = {}) => {
      calls.push({ operation, blobs })
      if (operation.op === 'events') return { ...wrote, events: [2, 3].map((seq) => watchEvent({ seq })), more: false }
      const said = watch?.limit === 0 ? { ...wrote, events: [] } : wrote
      const facts = hostFacts({
        identity: says,
        watch: watch === undefined ? null : watchFacts({ ...said, ...floods }),
      })
      return operation['audit'] === undefined ? facts : { ...facts, audit: wire }
    },
  }
  const facts = await inspectHost(ports, channel, project, want, {
    isKeeper: false,
    walk,
    ...(watch === undefined ? {} : { watch }),
  })
  return { calls, facts }
}

const { processes, engine, machine } = auditFacts()
const wrote = { events: [watchEvent()], more: true, first: 1, last: { seq: 3, at: 0 }, id: 'f0' }
const wire = { parents: [], marked: [], processes, places: [], copies: [], engine, machine, incomplete: [] }

test('an audit asks who it is first, and tells that one alone what to look for', async (t) => {
  const { calls, facts } = await asked(t, identity, true)
  assert.deepEqual(
    calls.map(({ operation, blobs }) => [Object.keys(operation).includes('audit'), blobs.length]),
    [
      [false, 0],
      [true, 1],
    ],
  )
  const names = facts.asked?.sought.forms.map(({ what }) => what.name ?? what.kind)
  assert.deepEqual([...new Set(names)], ['AWS_KEY', 'project-password'])
  assert.deepEqual(facts.asked?.sought.leftOut, ['PIN'])
  assert.equal(calls[1]?.blobs[0]?.length, 32 + 20 * (names?.length ?? 0))
})

test('a machine that is another, or none of ours, gets no digest', async (t) => {
  const others = [
    null,
    { ...identity, host: 'host2' },
    { ...identity, project: 'other' },
    { ...identity, environment: 'staging' },
  ]
  for (const one of others) {
    const { calls, facts } = await asked(t, one, true)
    assert.equal(calls[1]?.blobs[0]?.length, 32, JSON.stringify(one))
    assert.deepEqual(facts.asked?.sought, { forms: [], leftOut: [] })
  }
})

test('who does not audit asks once, and for none of it', async (t) => {
  const { calls, facts } = await asked(t, identity, false)
  assert.deepEqual(
    calls.map(({ operation, blobs }) => [operation['walk'], operation['audit'], blobs.length]),
    [[undefined, undefined, 0]],
  )
  assert.equal(facts.asked, null)
})

test('an audit has all that the watch wrote; who asks how it stands gets nothing of that', async (t) => {
  const { calls, facts } = await asked(t, identity, true, { since: 0, id: '', limit: 1 })
  assert.deepEqual(
    calls.map(({ operation }) => [operation.op, operation['since']]),
    [
      ['inspect', undefined],
      ['inspect', undefined],
      ['events', 1],
    ],
  )
  assert.deepEqual([facts.watch?.events.map(({ seq }) => seq), facts.watch?.more], [[1, 2, 3], false])
  const status = await asked(t, identity, false, { since: 9, id: '', limit: 0 })
  assert.deepEqual(
    status.calls.map(({ operation }) => operation.op),
    ['inspect'],
  )
})

test('a host that hands out more events than it was asked for is believed nothing', async (t) => {
  const floods = { events: [1, 2].map((seq) => watchEvent({ seq })), more: true }
  for (const limit of [0, 1]) {
    await refusal('TAMPERED', asked(t, identity, true, { since: 0, id: '', limit }, floods))
  }
  const { facts } = await asked(t, identity, true, { since: 0, id: '', limit: 2 }, { ...floods, more: false })
  assert.equal(facts.watch?.events.length, 2)
})
