import assert from 'node:assert/strict'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { addToView, readView } from '../../../src/app/log/event-store.ts'
import { pullHost, type PulledFrom } from '../../../src/app/log/pull-host.ts'
import { eventsAtOnce } from '../../../src/app/watch/fetch-events.ts'
import type { HostChannel, Operation } from '../../../src/core/fleet/fleet.ts'
import { fail } from '../../../src/core/errors.ts'
import { type Positions, sourceKey } from '../../../src/core/log/event-view.ts'
import { watchEvent as watchShape } from '../../../src/core/watch/event.ts'
import { portsIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
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
  meant: { project: 'shop', environment: 'production', containers: [] },
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
  assert.deepEqual([first.from.events[0]?.verdict, first.from.events[2]?.verdict], ['foreign', null])
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

/** A host that answers as no program of ours does. */
const rooted = (answers: Readonly<Record<string, unknown>>): HostChannel => ({
  ...channel({ id: 'm1', watch: [], containers: {} }),
  call: async ({ op }) => answers[op] ?? { containers: [] },
})

const told = (events: readonly unknown[], more: Record<string, unknown> = {}): unknown => ({
  containers: [{ container: 'api', id: id('a'), events, last: '11', more: false, readable: true, ...more }],
})

const watched = (events: readonly unknown[], more = false): unknown => ({
  events,
  id: 'm1',
  more,
  first: 1,
  last: null,
})

test('a host that answers more than it was asked for is refused', async () => {
  const quiet = watched([])
  const many = Array.from({ length: eventsAtOnce + 1 }, (_, i) => watchEvent(i + 1))
  const stamps = Array.from({ length: 501 }, (_, i) => containerEvent(String(i)))
  const empty = (index: number): unknown => ({
    container: 'api',
    id: index.toString(16).padStart(64, '0'),
    events: [],
    last: null,
    more: false,
    readable: true,
  })
  const table: readonly Readonly<Record<string, unknown>>[] = [
    { events: watched(many), output: told([]) },
    { events: quiet, output: told(stamps) },
    { events: quiet, output: told([], { id: 'short' }) },
    { events: quiet, output: told([], { container: 'two words' }) },
    { events: quiet, output: told([], { last: '1'.repeat(100) }) },
    { events: quiet, output: { containers: Array.from({ length: 1001 }, (_, index) => empty(index)) } },
  ]
  for (const answers of table) await refusal('TAMPERED', pullHost(rooted(answers), target, new Map()))
})

test('one pull takes so much of a host and no more, and the next goes on from there', async (t) => {
  const long = 'x'.repeat(60_000)
  const events = Array.from({ length: 200 }, (_, i) => ({ ...watchEvent(i + 1), path: long }))
  const answers = {
    events: watched([...events, { ...watchEvent(201), path: long.repeat(2) }]),
    output: told(Array.from({ length: 200 }, (_, i) => ({ ...containerEvent(String(i + 10)), error: long }))),
  }
  const from = await pullHost(rooted(answers), target, new Map())
  const size = JSON.stringify(from.events).length
  assert.ok(size > 15 << 20 && size < 17 << 20, `${size}`)
  assert.match(from.notes.join(), /more events of its watch: pull again.*more that its containers told: pull again/)
  const [root, project] = [temporary(t), { environment: 'production' }]
  const ports = portsIn(root)
  await addToView(ports, { ...project, root }, [from])
  const { positions } = await readView(ports, { ...project, root })
  const taken = from.events.filter(({ container }) => container === null).length
  assert.deepEqual([...positions.values()], [String(taken), from.events.at(-1)?.position])
})

test('what other hosts told takes no room from how far this one was had', async () => {
  const own = { host: 'onode1', container: 'api', instance: id('a') }
  const others = Array.from({ length: 1000 }, (_, index) => ({
    host: 'onode2',
    container: 'x',
    instance: index.toString(16).padStart(64, '0'),
  }))
  const seen = new Map([own, ...others].map((one) => [sourceKey(one), '11']))
  const host: FakeHost = { id: 'm1', watch: [], containers: { [id('a')]: ['10', '11', '12'] } }
  const { events } = await pullHost(channel(host), target, seen)
  assert.deepEqual(
    events.map(({ position }) => position),
    ['12'],
  )
})

test('a view that grew large is put aside, and the next goes on with numbers and positions', async (t) => {
  const root = temporary(t)
  const [ports, project] = [portsIn(root), { root, environment: 'production' }]
  const event = (host: string, seq: number, path = 'x'): PulledFrom['events'][number] => ({
    host,
    container: null,
    instance: 'm1.0',
    position: String(seq),
    kind: 'read',
    verdict: null,
    watch: { ...watchShape(watchEvent(seq), 'event'), path },
    told: null,
  })
  const add = async (events: PulledFrom['events']): Promise<readonly number[]> =>
    (await addToView(ports, project, [{ host: 'a', events, positions: [], notes: [] }])).map(({ n }) => n)
  assert.deepEqual(await add([event('a', 1), event('b', 7)]), [1, 2])
  await add(Array.from({ length: 33 }, (_, i) => event('a', i + 2, 'x'.repeat(1 << 20))))
  const positions = [...(await readView(ports, project)).positions]
  assert.deepEqual(await add([event('b', 8)]), [36])
  const names = (): readonly string[] =>
    readdirSync(join(root, '.lockstep')).filter((name) => name.startsWith('events'))
  assert.deepEqual(names(), ['events.000000000035.jsonl', 'events.jsonl'])
  const view = await readView(ports, project)
  assert.deepEqual(
    [...view.positions].toSorted(),
    positions.map(([key, at]) => [key, key.startsWith('b') ? '8' : at]).toSorted(),
  )
  assert.deepEqual(
    view.events.map(({ n }) => n),
    [35, 36],
  )
  // killed between the two steps
  rmSync(join(root, '.lockstep/events.jsonl'))
  const again = await readView(ports, project)
  assert.deepEqual([again.next, [...again.positions]], [36, positions])
  assert.deepEqual(await add([event('b', 8)]), [36])
})
