import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installedResult } from '../../src/cli/commands/schedule.ts'
import type { ChangedFile } from '../../src/app/schedule/schedule.ts'

test('what comes next fits what was done: the install that was planned, a test of alerts, or nothing', () => {
  const again = 'lockstep schedule install --systemd'
  const next = (state: ChangedFile['state'], check: boolean): string | undefined => {
    const files = [{ path: '/etc/cron.d/lockstep-shop', state }]
    return installedResult(
      { environment: 'production', by: 'systemd', jobs: ['audit'], files, notes: [] },
      check,
      again,
    ).next
  }
  assert.equal(next('missing', true), again)
  assert.equal(next('edited', true), again)
  assert.equal(next('kept', true), undefined)
  assert.equal(next('missing', false), 'lockstep alerts test')
  assert.equal(next('kept', false), 'lockstep alerts test')
})
