import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert, AlertState } from '../../../src/core/alerts/alert-state.ts'
import { alertsFromJson, nextAlerts, noAlerts, refused, taken } from '../../../src/core/alerts/alert-state.ts'
import { withoutLargestHost } from '../../../src/core/alerts/alert-room.ts'
import type { Concern } from '../../../src/core/alerts/concerns.ts'
import type { Sink } from '../../../src/core/alerts/sink.ts'
import { sinkKey } from '../../../src/core/alerts/sink.ts'
import type { Severity } from '../../../src/core/audit/findings.ts'

const hook: Sink = {
  to: { kind: 'webhook', url: 'https://ops.example.com/', sign: null },
  severity: 'medium',
  quiet: null,
  at: '',
}
const lines: Sink = { ...hook, to: { kind: 'stderr' } }

const concern = (key: string, severity: Severity = 'high'): Concern => ({
  key,
  id: 'WORLD-READABLE',
  severity,
  host: 'host1',
  path: key,
  message: 'm',
  fix: 'f',
})

const seen = (...concerns: readonly Concern[]): ReadonlyMap<string, Concern> =>
  new Map(concerns.map((one) => [one.key, one]))

const told = (alerts: readonly Alert[]): readonly string[] =>
  alerts.map(({ event, concern: { key }, times }) => `${event} ${key}${times > 1 ? ` x${times}` : ''}`)

const waiting = (state: AlertState, sink: Sink = hook): readonly Alert[] => state.sinks[sinkKey(sink)]?.waiting ?? []

/** Runs looks one after the other; what each sends. `down`: the sink takes nothing at that look. */
const looks = (
  steps: readonly { readonly concerns: readonly Concern[]; readonly down?: true; readonly sinks?: readonly Sink[] }[],
): readonly (readonly string[])[] => {
  let state = noAlerts('x')
  return steps.map(({ concerns, down, sinks = [hook] }, now) => {
    state = nextAlerts(state, { concerns: seen(...concerns), sinks, now })
    const due = waiting(state)
    state = down === true ? refused(state, sinkKey(hook), 'down', now) : taken(state, sinkKey(hook), due, now)
    return told(due)
  })
}

const a = concern('a')
const b = concern('b')

const cases: readonly {
  readonly name: string
  readonly steps: Parameters<typeof looks>[0]
  readonly sent: readonly (readonly string[])[]
}[] = [
  {
    name: 'appears, stays, goes',
    steps: [{ concerns: [a] }, { concerns: [a] }, { concerns: [] }, { concerns: [] }],
    sent: [['open a'], [], ['gone a'], []],
  },
  { name: 'two at once', steps: [{ concerns: [a, b] }, { concerns: [b] }], sent: [['open a', 'open b'], ['gone a']] },
  {
    name: 'flaps',
    steps: [{ concerns: [a] }, { concerns: [] }, { concerns: [a] }],
    sent: [['open a'], ['gone a'], ['open a']],
  },
  {
    name: 'a sink that is down is told later',
    steps: [{ concerns: [a], down: true }, { concerns: [a] }, { concerns: [a] }],
    sent: [['open a'], ['open a'], []],
  },
  {
    name: 'what came and went while it was down is told',
    steps: [{ concerns: [a], down: true }, { concerns: [], down: true }, { concerns: [] }],
    sent: [['open a'], ['open a', 'gone a'], ['open a', 'gone a']],
  },
  {
    name: 'what flapped while it was down is told once, with how often',
    steps: [
      { concerns: [a], down: true },
      { concerns: [], down: true },
      { concerns: [a], down: true },
      { concerns: [], down: true },
      { concerns: [a] },
    ],
    sent: [['open a'], ['open a', 'gone a'], ['open a x2'], ['open a x2', 'gone a'], ['open a x3']],
  },
  {
    name: 'milder than the sink wants',
    steps: [{ concerns: [concern('a', 'low')] }, { concerns: [] }],
    sent: [[], []],
  },
  {
    name: 'becomes worse',
    steps: [
      { concerns: [concern('a', 'low')] },
      { concerns: [a] },
      { concerns: [concern('a', 'low')] },
      { concerns: [] },
    ],
    sent: [[], ['open a'], [], ['gone a']],
  },
  {
    name: 'a new sink hears of what is open',
    steps: [
      { concerns: [a], sinks: [lines] },
      { concerns: [a], sinks: [lines, hook] },
    ],
    sent: [[], ['open a']],
  },
  {
    name: 'a sink that is taken out and put back hears again',
    steps: [{ concerns: [a] }, { concerns: [a], sinks: [] }, { concerns: [a] }],
    sent: [['open a'], [], ['open a']],
  },
]

for (const { name, steps, sent } of cases) {
  test(`alerts: ${name}`, () => assert.deepEqual(looks(steps), sent))
}

test('what somebody accepted is told as that, once, and is no end; when it counts again it is told anew', () => {
  const accepted = new Map([['a', 'accepted by anna until 2027-03-01']])
  let state = noAlerts('x')
  const sent = (concerns: readonly Concern[], words?: ReadonlyMap<string, string>): readonly string[] => {
    state = nextAlerts(state, { concerns: seen(...concerns), ...(words && { accepted: words }), sinks: [hook], now: 1 })
    const due = waiting(state)
    state = taken(state, sinkKey(hook), due, 1)
    return due.map(({ event, concern: { message } }) => `${event} ${message}`)
  }
  assert.deepEqual(sent([a]), ['open m'])
  assert.deepEqual(sent([], accepted), ['accepted accepted by anna until 2027-03-01: m'])
  assert.deepEqual(sent([], accepted), [])
  assert.deepEqual(sent([a]), ['open m'])
  assert.deepEqual(sent([]), ['gone m'])
  assert.deepEqual(alertsFromJson(JSON.stringify(state), 'alerts'), state)
})

test('killed after it was sent and before that was written down, it is sent again under the same id', () => {
  const first = nextAlerts(noAlerts('x'), { concerns: seen(a), sinks: [hook], now: 1 })
  const again = nextAlerts(first, { concerns: seen(a), sinks: [hook], now: 2 })
  assert.deepEqual(
    waiting(again).map(({ id }) => id),
    waiting(first).map(({ id }) => id),
  )
  assert.deepEqual(
    waiting(first).map(({ id }) => id),
    ['x-1'],
  )
})

test('tens of thousands come and go while nothing can be sent: some wait, each as one', () => {
  const many = Array.from({ length: 20_000 }, (_, index) => concern(`c${index}`))
  let state = noAlerts('x')
  for (const concerns of [many, [], many, []]) {
    state = nextAlerts(state, { concerns: seen(...concerns), sinks: [hook], now: 1 })
  }
  const alerts = waiting(state)
  assert.equal(alerts.length, 1000)
  assert.deepEqual(told(alerts.filter(({ concern: { key } }) => key === 'c9')), ['open c9 x2', 'gone c9'])
})

test('of a host that tells very much the worst is told first, the rest later, and others are told all the same', () => {
  const many = Array.from({ length: 700 }, (_, index) => concern(`c${index}`, 'medium'))
  const concerns = seen(...many, a, { ...concern('b'), host: 'host2' }, { ...concern('c'), host: null })
  let state = nextAlerts(noAlerts('x'), { concerns, sinks: [hook], now: 1 })
  assert.deepEqual(told(waiting(state)).slice(0, 3), ['open a', 'open b', 'open c'])
  assert.equal(waiting(state).length, 502)
  assert.equal(waiting(nextAlerts(state, { concerns, sinks: [hook], now: 2 })).length, 502)
  const sent: Alert[] = []
  for (const now of [3, 4]) {
    sent.push(...waiting(state))
    state = nextAlerts(taken(state, sinkKey(hook), waiting(state), now), { concerns, sinks: [hook], now })
  }
  assert.equal(new Set(sent.map(({ concern: { key } }) => key)).size, 703)
  assert.deepEqual(waiting(state), [])
  const long = Array.from({ length: 400 }, (_, index) => ({ ...concern(`l${index}`), message: 'm'.repeat(10_000) }))
  const next = nextAlerts(noAlerts('x'), { concerns: seen(...long, ...concerns.values()), sinks: [hook], now: 1 })
  assert.ok(JSON.stringify(waiting(next)).length < 600 * 1024)
})

test('without the host that tells most, the record knows of all others', () => {
  const other = { ...concern('b'), host: 'host2' }
  const here = { ...concern('c'), host: null, message: 'm'.repeat(9000) }
  const state = nextAlerts(noAlerts('x'), { concerns: seen(a, concern('d'), other, here), sinks: [hook], now: 1 })
  const less = withoutLargestHost(state)
  assert.equal(less?.host, 'host1')
  const { open, sinks } = less?.state ?? assert.fail()
  assert.deepEqual(Object.keys(open), ['b', 'c'])
  assert.deepEqual(sinks[sinkKey(hook)]?.told, ['b', 'c'])
  assert.deepEqual(told(sinks[sinkKey(hook)]?.waiting ?? []), ['open b', 'open c'])
  assert.equal(withoutLargestHost(nextAlerts(noAlerts('x'), { concerns: seen(here), sinks: [hook], now: 1 })), null)
})

test('since when something is open is kept, and told with its end', () => {
  const first = nextAlerts(noAlerts('x'), { concerns: seen(a), sinks: [hook], now: 10 })
  const later = nextAlerts(first, { concerns: seen(a), sinks: [hook], now: 20 })
  assert.equal(later.open['a']?.since, 10)
  const end = nextAlerts(taken(later, sinkKey(hook), waiting(later), 20), { concerns: seen(), sinks: [hook], now: 30 })
  assert.deepEqual(
    waiting(end).map(({ concern: { since }, at }) => [since, at]),
    [[10, 30]],
  )
})

test('a sink that refuses says since when and how often, until it takes something', () => {
  let state = nextAlerts(noAlerts('x'), { concerns: seen(a), sinks: [hook], now: 1 })
  state = refused(refused(state, sinkKey(hook), 'answered 500', 5), sinkKey(hook), 'answered 502', 9)
  assert.deepEqual(state.sinks[sinkKey(hook)]?.failed, { since: 5, why: 'answered 502', tries: 2 })
  const some = taken(state, sinkKey(hook), waiting(state), 12)
  assert.equal(some.sinks[sinkKey(hook)]?.failed, null)
  const again = refused(some, sinkKey(hook), 'answered 500', 12, state.sinks[sinkKey(hook)]?.failed)
  assert.deepEqual(again.sinks[sinkKey(hook)]?.failed, { since: 5, why: 'answered 500', tries: 3 }, 'not all of it')
})

test('the record survives being written', () => {
  const state = refused(nextAlerts(noAlerts('x'), { concerns: seen(a), sinks: [hook], now: 1 }), sinkKey(hook), 'no', 2)
  assert.deepEqual(alertsFromJson(JSON.stringify(state), 'alerts'), state)
})
