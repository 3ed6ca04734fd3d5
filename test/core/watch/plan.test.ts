import assert from 'node:assert/strict'
import { test } from 'node:test'
import { starterName, starterOf } from '../../../src/core/watch/starter.ts'
import type { WatchInput } from '../../../src/core/watch/watch-plan.ts'
import { watchChange } from '../../../src/core/watch/watch-plan.ts'
import { runningWatch, watchFacts } from '../../support/watch.ts'

const whole = watchFacts({ agent: 'a0', starter: { kind: 'cron', sha256: 's0' }, running: runningWatch() })

const wish = (given: Partial<WatchInput>): string | null =>
  watchChange({ wanted: true, forget: false, facts: whole, known: ['a0'], agent: 'a0', starter: 's0', ...given })

test('it is brought where anything of it is not as it should be, and only there', () => {
  assert.equal(wish({}), null)
  const amiss: readonly Partial<WatchInput>[] = [
    { facts: watchFacts() },
    { facts: { ...whole, agent: 'b1' } },
    { facts: { ...whole, running: null } },
    { facts: { ...whole, running: runningWatch({ sha256: 'b1' }) } },
    { facts: { ...whole, starter: null } },
    { facts: { ...whole, starter: { kind: 'cron', sha256: 's1' } } },
    { facts: { ...whole, init: 'systemd' } },
    { known: null },
    { known: ['b1'] },
  ]
  for (const given of amiss) assert.equal(wish(given), 'install', JSON.stringify(given))
})

test('it is taken away where anything of it is there, or known to be', () => {
  const gone = watchFacts()
  assert.equal(wish({ wanted: false, facts: gone, known: null }), null)
  const wrote = { ...gone, last: { seq: 3, at: 0 } }
  assert.equal(wish({ wanted: false, facts: wrote, known: null }), null)
  const rest: readonly Partial<WatchInput>[] = [
    { known: ['a0'], facts: gone },
    { known: null, facts: { ...gone, agent: 'b1' } },
    { known: null, facts: { ...gone, starter: { kind: 'systemd', sha256: 's1' } } },
    { known: null, facts: { ...gone, running: runningWatch() } },
    { known: null, facts: wrote, forget: true },
  ]
  for (const given of rest) assert.equal(wish({ wanted: false, ...given }), 'remove', JSON.stringify(given))
})

test('no two projects and environments share a name, and a Python that needs quoting is not used', () => {
  const names = [
    starterName({ project: 'shop', environment: 'production' }),
    starterName({ project: 'shop', environment: 'staging' }),
    starterName({ project: 'shop-e-staging', environment: 'production' }),
    starterName({ project: 'shop-staging', environment: 'production' }),
  ]
  assert.equal(new Set(names).size, names.length)
  const input = { project: 'shop', environment: 'production', directory: '/opt/shop' }
  for (const kind of ['systemd', 'cron'] as const) {
    const own = starterOf(kind, { ...input, interpreter: '/usr/libexec/platform-python3.6' }).text
    assert.match(own, /[= ]\/usr\/libexec\/platform-python3\.6 -I -S \/opt\/shop\/watch\/agent\.py$/m)
    const odd = starterOf(kind, { ...input, interpreter: '/tmp/x;reboot\n%' }).text
    assert.match(odd, /[= ]\/usr\/bin\/python3 -I -S /)
    assert.doesNotMatch(odd, /tmp/)
  }
})
