import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rotate } from '../../../src/app/rotate/rotate.ts'
import type { RotationReport } from '../../../src/core/rotate/rotation-report.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { rotatingProject, usual, type RotatingProject } from '../../support/rotation-in-memory.ts'

/** How often Ansible is started for it. */
const plays = async (
  { ports, project }: RotatingProject,
  options: Partial<typeof usual> = {},
): Promise<{ readonly report: RotationReport; readonly count: number }> => {
  let count = 0
  const run: typeof ports.fleet.run = (job) => {
    count++
    return ports.fleet.run(job)
  }
  const report = await rotate({ ...ports, fleet: { ...ports.fleet, run } }, project, { ...usual, ...options })
  return { report, count }
}

const keeping = ({ world }: RotatingProject): readonly string[] =>
  world.fleet.calls.filter((call) => call.endsWith(' keep_backup')).toSorted()

test('the backup after a rotation is put on hosts over the connections that it has', async (t) => {
  const fleet = memoryFleet(four(enrolled))
  const project = await rotatingProject(t, fleet)
  const { report, count } = await plays(project)
  assert.equal(count, 1)
  assert.deepEqual(keeping(project), ['host1 keep_backup', 'host2 keep_backup'])
  assert.match(report.backup ?? '', /-0002\.backup$/)

  const { host1 } = fleet.hosts
  if (host1 === undefined) throw new Error('no host1')
  host1.isDown = true
  fleet.calls.length = 0
  const again = await plays(project, { allowMissing: true })
  assert.equal(again.count, 1)
  assert.deepEqual(keeping(project), ['host2 keep_backup'])
  assert.match(again.report.backup ?? '', /-0004\.backup$/)
})

test('where only some hosts are meant, those that take copies are gone to', async (t) => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  const { count } = await plays(project, { names: [], hosts: 'host4' })
  assert.equal(count, 2)
  assert.deepEqual(keeping(project), ['host1 keep_backup', 'host2 keep_backup'])
})

test('a check makes none', async (t) => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  const { report, count } = await plays(project, { check: true })
  assert.deepEqual([report.backup, count, keeping(project)], [null, 1, []])
})
