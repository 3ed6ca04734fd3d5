import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fleetProject } from '../../../src/app/fleet/fleet-project.ts'
import { seenLedger } from '../../../src/app/fleet/ledger-store.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { cutOff, rotatingProject, type RotatingProject } from '../../support/rotation-in-memory.ts'

/** What the fleet keeps of it, opened. */
const ledgerOf = async ({ ports, open }: RotatingProject): Promise<string> =>
  JSON.stringify(await seenLedger(ports, await fleetProject(open())))

test('the journal holds the values while they are needed, and neither of them afterwards', async (t) => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  await cutOff(
    project.world,
    (effect) => effect === 'before upstream retire',
    () => project.rotate(),
  )
  assert.match(await ledgerOf(project), /"former":\{"DB_PASSWORD":"value-1"\}/)
  const next = await project.again('here')
  const { rows, waiting } = await next.rotate({ mode: 'resume', names: [] })
  assert.deepEqual([rows.map(({ end }) => end), waiting], [['retired'], []])
  assert.doesNotMatch(await ledgerOf(next), /value-\d/)
  assert.deepEqual([...project.world.upstream.accepted], ['value-2'])
})

test('the plan is what the run does: its rows, its hosts, its id', async (t) => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  const plan = await project.rotate({ check: true })
  const calls = project.world.fleet.calls.length
  const done = await project.rotate({ expect: plan.plan })
  assert.equal(calls, 0)
  assert.equal(done.plan, plan.plan)
  assert.deepEqual(
    done.rows.map(({ id, versions, hosts }) => [id, versions, hosts]),
    plan.rows.map(({ id, versions, hosts }) => [id, versions, hosts]),
  )
  assert.deepEqual(
    done.hosts.map(({ host, to }) => [host, to]),
    plan.hosts.map(({ host, to }) => [host, to]),
  )
})
