import assert from 'node:assert/strict'
import { test } from 'node:test'
import { again } from '../../src/cli/delivery-result.ts'

test('what a plan is carried out with keeps its hosts, and what it went on without', () => {
  const rows: readonly [string | undefined, boolean, string][] = [
    [undefined, false, 'lockstep deploy'],
    ['host1,host2', false, 'lockstep deploy --hosts host1,host2'],
    ['web:!host1', true, "lockstep deploy --hosts 'web:!host1' --without-ledger"],
    [undefined, true, 'lockstep deploy --without-ledger'],
  ]
  for (const [hosts, isWithout, line] of rows) {
    assert.equal(again('deploy', { hosts, 'without-ledger': isWithout }), line)
  }
})
