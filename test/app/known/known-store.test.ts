import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noAlerts } from '../../../src/core/alerts/alert-state.ts'
import type { KnownFinding } from '../../../src/core/known/known.ts'
import { readAlerts, writeAlerts } from '../../../src/app/alerts/alert-store.ts'
import { learn, readKnown } from '../../../src/app/known/known-store.ts'
import { projectIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'

const finding: KnownFinding = { id: 'X', severity: 'low', host: null, path: null, message: 'm', fix: 'f' }
const tooMany = Array.from({ length: 100_001 }, () => finding)

test('what could not be read again is not written: the record stays as it was', async (t) => {
  const { ports, project } = await projectIn(t)
  const audit = { at: 1, hosts: {}, findings: [finding], accepted: [] }
  const kept = await learn(ports, project, (known) => ({ ...known, audit }))
  for (const findings of [tooMany, [{ ...finding, message: '\ud800' }]]) {
    await refusal('UNAVAILABLE', () => learn(ports, project, (known) => ({ ...known, audit: { ...audit, findings } })))
  }
  assert.deepEqual(await readKnown(ports, project), kept)
})

test('nor what is to be told', async (t) => {
  const { ports, project } = await projectIn(t)
  await learn(ports, project, (known) => known)
  const state = noAlerts('x')
  await writeAlerts(ports, project, state)
  const told = tooMany.map((_, index) => String(index))
  const sinks = { a: { told, waiting: [], failed: null, sent: null } }
  await refusal('UNAVAILABLE', () => writeAlerts(ports, project, { ...state, sinks }))
  assert.deepEqual(await readAlerts(ports, project), state)
})
