import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerFacts } from '../../../src/core/fleet/host-facts.ts'
import type { LiveFacts } from '../../../src/core/containers/live.ts'
import type { Container } from '../../../src/core/manifest/manifest-container.ts'
import {
  isProved,
  proveContainer,
  whyNot,
  type ContainerProof,
  type ProofInput,
} from '../../../src/core/containers/proof.ts'
import type { UnitFacts } from '../../../src/core/containers/unit-facts.ts'
import { container, containerFacts, unitFacts } from '../../support/container.ts'

const scope = '/opt/shop/generations/7/containers/api'
const mounted = { source: `${scope}/secrets`, destination: '/app/secrets' }
const page = (given: object): ContainerFacts['status'] => ({
  code: 200,
  body: JSON.stringify({ state: 'ready', generation: { number: 7, id: 'abc' }, digest: 'd0', ...given }),
  error: null,
})
const facts = (given: Partial<ContainerFacts> = {}): ContainerFacts => containerFacts({ mounts: [mounted], ...given })
const unit = (given: Partial<UnitFacts>): UnitFacts =>
  unitFacts({ dropIn: '# lockstep.generation=7\n', dropInAt: 1000, startedAt: 2000, ...given })

const prove = (given: Partial<ProofInput>): ContainerProof =>
  proveContainer({
    container: container(),
    directory: '/opt/shop',
    found: [],
    unit: null,
    live: null,
    isEngineSilent: false,
    ...given,
  })

const says = ({ proof, generation, state }: ContainerProof): string => `${proof} ${generation ?? '-'} ${state}`

test('what the engine and the status page say of a container', () => {
  const cases: readonly (readonly [string, readonly ContainerFacts[], string])[] = [
    ['nothing', [], 'none - missing'],
    ['stopped', [facts({ running: false, exit: 3 })], 'none - stopped'],
    ['mounts of ours', [facts()], 'mounted 7 ready'],
    ['mounts of another generation', [facts({ labels: { 'lockstep.generation': '8' } })], 'none - ready'],
    ['no labels', [facts({ labels: {} })], 'none - ready'],
    ['no answer', [facts({ status: { code: null, body: null, error: 'timeout' } })], 'mounted 7 degraded'],
    ['another page', [facts({ status: { code: 200, body: '<html>', error: null } })], 'mounted 7 degraded'],
    ['its own report', [facts({ status: page({}) })], 'reported 7 ready'],
    ['no secrets yet', [facts({ status: page({ state: 'degraded', generation: null }) })], 'mounted 7 degraded'],
    ['an older one', [facts({ status: page({ generation: { number: 6, id: 'old' } }) })], 'reported 6 degraded'],
    ['other values', [facts({ status: page({ digest: 'd1' }) })], 'mounted 7 degraded'],
    ['the least of two', [facts({ status: page({}) }), facts({ running: false })], 'none - stopped'],
    ['the least proved of two', [facts({ status: page({}) }), facts()], 'mounted 7 ready'],
  ]
  for (const [name, found, expected] of cases) assert.equal(says(prove({ found })), expected, name)
})

test('the check of an image counts where the manifest has none of its own', () => {
  const found = [facts({ health: 'starting' })]
  const asked = container({ health: { kind: 'http', target: '/health' } })
  assert.equal(says(prove({ found })), 'mounted 7 starting')
  assert.equal(says(prove({ found, container: asked })), 'mounted 7 ready')
  const sick = [facts({ health: 'unhealthy' })]
  assert.equal(says(prove({ found: sick, container: asked })), 'mounted 7 degraded')
  const starting = unit({ active: 'activating' })
  assert.equal(says(prove({ unit: starting, container: asked })), 'mounted 7 starting')
})

test('what a program lacks by its own word is told: names, and nothing else of its words', () => {
  const lacks = (secrets: object): ContainerProof =>
    prove({ found: [facts({ status: page({ state: 'degraded', secrets }) })] })
  const missing = { present: false }
  assert.equal(lacks({ SESSION_KEY: missing, AWS_KEY: { present: true } }).note, 'missing: SESSION_KEY')
  assert.equal(lacks({ AWS_KEY: { present: true } }).note, null)
  assert.equal(lacks({ 'x\ny': missing, 'call 555-1234': missing }).note, null)
  const many = Object.fromEntries(['A', 'B', 'C', 'D', 'E', 'F', 'G'].map((name) => [name, missing]))
  assert.equal(lacks(many).note, 'missing: A, B, C, D, E and 2 more')
  assert.equal(says(lacks({ SESSION_KEY: 'no' })), 'mounted 7 degraded', 'no page of ours')
})

test('why it is not good enough', () => {
  const cases: readonly (readonly [string | null, string | null, string])[] = [
    [null, null, 'it is not ready'],
    [null, 'no status page', 'no status page'],
    ['its health page answered 503', 'missing: A', 'its health page answered 503; missing: A'],
    ['it ended with exit status 3', 'exit status 3', 'it ended with exit status 3'],
    [null, 'missing: A', 'missing: A'],
  ]
  for (const [waitedFor, note, expected] of cases) {
    assert.equal(whyNot(waitedFor, { proof: 'mounted', generation: 7, state: 'degraded', note }), expected)
  }
})

test('what an engine does not say is unknown, and never missing', () => {
  const silent = prove({ isEngineSilent: true })
  assert.equal(says(silent), 'none - unknown')
  assert.equal(silent.note, 'the container engine does not answer')
  assert.equal(isProved(silent, 'none', container()), false)
  const runs = { kind: 'systemd', unit: 'a.service' } as const
  assert.equal(says(prove({ container: container({ runs }), unit: unit({}), isEngineSilent: true })), 'mounted 7 ready')
})

test('a unit runs what its drop-in says if it started since', () => {
  const cases: readonly (readonly [string, Partial<UnitFacts>, string])[] = [
    ['started since', {}, 'mounted 7 ready'],
    ['started before', { startedAt: 999 }, 'none - ready'],
    ['no drop-in', { dropIn: null, dropInAt: null }, 'none - ready'],
    ['not running', { active: 'inactive' }, 'none - stopped'],
    ['failed', { active: 'failed' }, 'none - stopped'],
    ['not there', { load: 'not-found' }, 'none - missing'],
    ['a job that waits', { active: 'inactive', triggeredBy: ['r.timer'], startedAt: 10 }, 'mounted 7 waiting'],
    ['a job at work since before', { type: 'oneshot', active: 'activating', startedAt: 10 }, 'none - waiting'],
    ['a job without a drop-in', { type: 'oneshot', active: 'inactive', dropIn: null }, 'none - stopped'],
  ]
  for (const [name, given, expected] of cases) assert.equal(says(prove({ unit: unit(given) })), expected, name)
})

const live: LiveFacts = {
  number: 9,
  id: 'new',
  content: 'c0',
  digest: 'd9',
  told: true,
  settled: true,
  at: Date.parse('2026-01-02T00:00:00Z'),
  wrong: [],
}
const follows = { source: '/opt/shop/live/api', destination: '/run/lockstep' }
const onSignal = container({ onChange: { kind: 'signal', signal: 'HUP' } })
const never = container({ onChange: { kind: 'none' } })

test('a program that follows its live directory knows what is there if it was told, or started since', () => {
  const before = facts({ mounts: [follows], startedAt: '2026-01-01T00:00:00Z' })
  const since = { ...before, startedAt: '2026-01-03T00:00:00.123456789Z' }
  const reports = { ...before, status: page({ generation: { number: 9, id: 'new' }, digest: 'd9' }) }
  const cases: readonly (readonly [string, Container, ContainerFacts, Partial<LiveFacts>, string])[] = [
    ['told', onSignal, before, {}, 'mounted 9 ready'],
    ['not told', onSignal, before, { told: false }, 'none - ready'],
    ['started since', onSignal, since, { told: false }, 'mounted 9 ready'],
    ['nobody tells it', never, before, {}, 'none - waiting'],
    ['nobody tells it, started since', never, since, {}, 'mounted 9 ready'],
    ['it says so itself', never, reports, {}, 'reported 9 ready'],
    ['it says otherwise', onSignal, { ...before, status: page({}) }, {}, 'reported 7 degraded'],
    ['another mount', onSignal, facts(), {}, 'none - ready'],
    ['stopped', never, { ...before, running: false }, {}, 'none - stopped'],
  ]
  for (const [name, declared, found, given, expected] of cases) {
    assert.equal(says(prove({ container: declared, found: [found], live: { ...live, ...given } })), expected, name)
  }
})

test('what a roll-out demands', () => {
  const ready = prove({ found: [facts()] })
  assert.equal(isProved(ready, 'mounted', container()), true)
  assert.equal(isProved(ready, 'reported', container({ status: '/status' })), false)
  assert.equal(isProved(ready, 'reported', container()), true, 'there is no page to report on')
  assert.equal(isProved(prove({ found: [facts({ health: 'unhealthy' })] }), 'none', container()), false)
  const waiting = prove({ unit: unit({ triggeredBy: ['r.timer'], active: 'activating', startedAt: 1 }) })
  assert.equal(isProved(waiting, 'mounted', container()), true)
})
