import assert from 'node:assert/strict'
import { test } from 'node:test'
import { intend } from '../../../src/app/fleet/delivery-intent.ts'
import type { HostPlan } from '../../../src/core/fleet/delivery-plan.ts'
import { emptyLedger } from '../../../src/core/fleet/ledger.ts'
import { hostFacts } from '../../support/container.ts'

const restarted = (installs: boolean): HostPlan => ({
  host: 'host1',
  action: 'restart',
  from: 1,
  to: 1,
  isStaged: false,
  installs,
  changes: [],
  containers: [],
  problem: null,
  reason: null,
})

/** The digest that the ledger will know, by what is there, what we have and whether it is brought. */
const recorded = (there: string | null, ours: string | null, installs: boolean): string | null | undefined =>
  intend(
    {
      truth: {
        facts: () => hostFacts({ executable: there }),
        desired: (host) => ({ host, directory: '/opt/shop', rung: 'host', scopes: [], containers: [] }),
      },
      ledger: emptyLedger('shop', 'production'),
      random: { bytes: (count) => new Uint8Array(count) },
      working: [restarted(installs)],
      revision: 2,
      executable: ours,
      agent: '',
      at: '2026-01-01T00:00:00Z',
    },
    new Map([['host1', 'f0']]),
  ).intents[0]?.executable

test('an executable is recorded when it is brought, or found to be ours; never what a host happens to have', () => {
  assert.equal(recorded(null, 'ours', true), 'ours')
  assert.equal(recorded('evil', 'ours', true), 'ours')
  assert.equal(recorded('ours', 'ours', false), 'ours')
  assert.equal(recorded('other', 'ours', false), null)
  assert.equal(recorded('other', null, false), null)
  assert.equal(recorded(null, null, false), null)
})
