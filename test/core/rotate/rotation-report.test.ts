import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rotationExit } from '../../../src/core/rotate/rotation-report.ts'
import { rotatedRow, rotationReport } from '../../support/rotation.ts'

const problem = { code: 'DENIED', message: 'refused', hint: null } as const
const left = { action: 'leave', why: 'needs you', end: null } as const
const waits = {
  id: 'aws',
  names: ['AWS_ID'],
  with: 'aws-iam',
  why: 'host1: …',
  hosts: ['host1'],
  until: 0,
  isEnding: false,
}
const cases: readonly (readonly [string, Parameters<typeof rotationReport>[0], 'PARTIAL' | null])[] = [
  ['nothing to do', {}, null],
  ['all rotated', { rows: [rotatedRow()] }, null],
  ['a person’s secret that is fresh', { rows: [rotatedRow({ ...left, state: 'fresh' })] }, null],
  ['one that is due', { rows: [rotatedRow({ ...left, state: 'due' })] }, null],
  ['one that is overdue', { rows: [rotatedRow(), rotatedRow({ ...left, state: 'overdue' })] }, 'PARTIAL'],
  ['an overdue one that was rotated', { rows: [rotatedRow({ state: 'overdue' })] }, null],
  ['one that upstream refused', { rows: [rotatedRow(), rotatedRow({ problem })] }, 'PARTIAL'],
  ['something that an emergency left as it was', { leftOut: ['lockstep set PLAIN'] }, 'PARTIAL'],
  ['half-done', { isOpen: true }, 'PARTIAL'],
  ['a host that was left behind', { missing: [{ host: 'host1', ...problem }] }, 'PARTIAL'],
  ['one that was abandoned', { missing: [{ host: 'host1', ...problem }], abandoned: ['host1'] }, null],
  ['another one was', { missing: [{ host: 'host1', ...problem }], abandoned: ['host2'] }, 'PARTIAL'],
  ['a former value within its overlap', { waiting: [{ ...waits, isLate: false }] }, null],
  ['one that a host keeps from ending', { waiting: [{ ...waits, isLate: true }] }, 'PARTIAL'],
  ['committed and pushed', { git: { commit: 'abc1234', isPushed: true, problem: null } }, null],
  ['committed and not taken', { git: { commit: 'abc1234', isPushed: false, problem } }, 'PARTIAL'],
]
for (const [name, report, expected] of cases) {
  test(`a run ends with ${expected ?? 'success'}: ${name}`, () =>
    assert.equal(rotationExit(rotationReport(report)), expected))
}
