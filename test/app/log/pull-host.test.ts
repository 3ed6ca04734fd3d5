import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { addToView, readView } from '../../../src/app/log/event-store.ts'
import { pullHost, type PulledFrom } from '../../../src/app/log/pull-host.ts'
import type { HostChannel, Operation } from '../../../src/core/fleet/fleet.ts'
import { fail } from '../../../src/core/errors.ts'
import type { Positions } from '../../../src/core/log/event-view.ts'
import { portsIn } from '../../support/project.ts'
import { temporary } from '../../support/temporary.ts'

interface FakeHost {
  /** Of the machine. */
  id: string
  /** Numbers of the events its watch has. */
  watch: readonly number[]
  /** By id of a container: time stamps of its events, and whether they are ours. */
  containers: Record<string, readonly string[]>
}

const id = (letter: string): string => letter.repeat(64)

const watchEvent = (seq: number): Record<string, unknown> => ({ seq, at: 5, boot: 'b', kind: 'read', path: 'x' })

const containerEvent = (stamp: string): Record<string, unknown> => ({
  event: 'degraded',
  stamp,
  missing: ['API_KEY', 'a-value', 'UNKNOWN'],
})

const page = 2

const answerOf = (host: FakeHost, { op, since, id: known }: Operation): unknown => {
  if (op === 'events') {
    const after = known === '' || known === host.id ? Number(since) : 0
    const events = host.watch.filter((seq) => seq > after)
    const last = host.watch.at(-1)
    return {
      events: events.map(watchEvent),
      id: host.id,
      more: false,
      first: host.watch[0] ?? null,
      last: last === undefined ? null : { seq: last, at: 5 },
    }
  }
  if (op !== 'output') throw fail('INTERNAL', 'another operation')
  const stamps = new Map(Object.entries(typeof since === 'object' ? since : {}))
  return {
    containers: Object.entries(host.containers).map(([one, all]) => {
      const after = String(stamps.get(one) ?? '')
      const fresh = all.filter((stamp) => stamp > after)
      const events = fresh.slice(0, page)
      return {
        container: 'api',
        id: one,
        events: events.map(containerEvent),
        last: events.at(-1) ?? (after || null),
        more: fresh.length > page,
        readable: true,
      }
    }),
  }
}

const channel = (host: FakeHost): HostChannel => ({
  name: 'onode1',
  batch: ['onode1'],
  check: false,
  call: async (operation) => answerOf(host, operation),
})

const target = {
  directory: '/opt/shop',
  owner: { project: 'shop', environment: 'production' },
  secrets: new Set(['API_KEY']),
}

const pulling = (t: TestContext, host: FakeHost): (() => Promise<{ added: readonly string[]; from: PulledFrom }>) => {
  const root = temporary(t)
  const project = { root, environment: 'production' }
  const ports = portsIn(root)
  return async () => {
    const { positions }: { readonly positions: Positions } = await readView(ports, project)
    const from = await pullHost(channel(host), target, positions)
    const added = await addToView(ports, project, [from])
    return { added: added.map(({ n, container, position }) => `${n} ${container ?? 'watch'} ${position}`), from }
  }
}

test('each pull brings what is new, once, in the order of its source', async (t) => {
  const host: FakeHost = { id: 'm1', watch: [1, 2], containers: { [id('a')]: ['10', '11', '12', '13', '14'] } }
  const pull = pulling(t, host)
  const first = await pull()
  assert.deepEqual(first.added, ['1 watch 1', '2 watch 2', '3 api 10', '4 api 11', '5 api 12', '6 api 13', '7 api 14'])
  assert.deepEqual((await pull()).added, [])
  host.watch = [1, 2, 3]
  host.containers = { [id('b')]: ['09'] }
  assert.deepEqual((await pull()).added, ['8 watch 3', '9 api 09'], 'a new container has an order of its own')
  assert.deepEqual((await pull()).added, [])
})

test('what a program calls a missing name is told only where there is such a secret', async (t) => {
  const { from } = await pulling(t, { id: 'm1', watch: [], containers: { [id('a')]: ['10'] } })()
  assert.deepEqual(from.events[0]?.told?.missing, ['API_KEY'])
})

test('a watch that begins anew is told, and so is a gap', async (t) => {
  const host: FakeHost = { id: 'm1', watch: [1, 2, 3], containers: {} }
  const pull = pulling(t, host)
  await pull()
  host.watch = [8, 9]
  const gap = await pull()
  assert.deepEqual(gap.added, ['4 watch 8', '5 watch 9'])
  assert.match(gap.from.notes.join(), /events 4 to 7 of its watch are gone/)
  host.watch = [1]
  const anew = await pull()
  assert.deepEqual(anew.added, ['6 watch 1'])
  assert.match(anew.from.notes.join(), /has begun anew: it was at 9/)
  host.watch = [1, 2]
  assert.deepEqual((await pull()).added, ['7 watch 2'])
  host.id = 'm2'
  const other = await pull()
  assert.deepEqual(other.added, ['8 watch 1', '9 watch 2'])
  assert.match(other.from.notes.join(), /another machine answers/)
  assert.deepEqual((await pull()).added, [])
})
