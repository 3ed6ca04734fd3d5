import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { fleetAudit } from '../../../src/app/fleet/fleet-audit.ts'
import { fleetStatus } from '../../../src/app/fleet/fleet-status.ts'
import { rotationHistory } from '../../../src/app/rotate/rotation-history.ts'
import { statusResult } from '../../../src/cli/status-result.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { refusal } from '../../support/refusal.ts'
import { cutOff, hostOf, outlast, rotatingProject, type RotatingProject } from '../../support/rotation-in-memory.ts'

const look = { hosts: null, arguments: [], onHost: () => undefined }
const hours = 3 * 3_600_000

/** What somebody else is told, three hours after a run began. */
interface Told {
  readonly status: string
  readonly next: string | undefined
  readonly history: string
  readonly stuck: readonly string[]
  readonly refused: readonly (string | undefined)[]
}

const toldTo = async (other: RotatingProject): Promise<Told> => {
  const { ports, project } = other
  const result = statusResult(await fleetStatus(ports, project, look))
  const auditing = { ...look, fix: false, check: false, accepting: null }
  const { findings } = await fleetAudit(ports, project, auditing)
  const { notes } = await rotationHistory(ports, project, look)
  const errors = [await refusal('CONFLICT', other.rotate()), await refusal('CONFLICT', other.rotate({ check: true }))]
  return {
    status: String(result.text),
    next: result.next,
    history: notes.join('\n'),
    stuck: findings.flatMap(({ id }) => (id === 'ROTATION-STUCK' ? [id] : [])),
    refused: errors.flatMap(({ message, hint }) => [message, hint]),
  }
}

/** At the first of these effects. */
const during = async (t: TestContext, effect: string): Promise<Told> => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  await project.deploy()
  const other = await project.again('elsewhere')
  const found: Told[] = []
  let isThere = false
  project.world.pass = async (passed) => {
    if (passed !== effect || isThere) return
    isThere = true
    project.world.later = hours
    found.push(await toldTo(other))
  }
  await project.rotate()
  return found[0] ?? assert.fail(`it did not come to ${effect}`)
}

const words = /rotation \w{8} \(DB_PASSWORD\) is being done by .* \(pid \d+\), begun 20\S+; wait for that run/

for (const effect of ['before upstream install', 'before host4 stage', 'after host4 stage']) {
  test(`what is told meanwhile: ${effect}`, async (t) => {
    const { status, next, history, stuck, refused } = await during(t, effect)
    assert.match(status, words)
    assert.match(history, words)
    assert.doesNotMatch(status + history, /half-done|did not end|--resume|--abort|lockstep deploy/)
    assert.deepEqual([next, stuck], ['lockstep status --watch 10', []])
    for (const index of [0, 2]) assert.match(refused[index] ?? '', /^rotation \w{8} is being done by /)
    assert.match(refused[1] ?? '', /^wait for that run: .*dead: lockstep rotate --resume --take-over \w{8}$/)
  })
}

test('while it ends former values', async (t) => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  await project.deploy()
  const other = await project.again('elsewhere')
  const notes: string[] = []
  project.world.pass = async (passed) => {
    if (passed !== 'before upstream retire' || notes.length > 0) return
    notes.push('')
    notes.push(...(await fleetStatus(other.ports, other.project, look)).notes)
  }
  await project.rotate()
  assert.match(notes.join('\n'), /former values are being ended by .* \(pid \d+\); wait for that run/)
})

test('one that was cut off is half-done once its hosts no longer say so, and one host alone says nothing', async (t) => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  await project.deploy()
  await cutOff(
    project.world,
    (effect) => effect === 'before host4 stage',
    () => project.rotate(),
  )
  const leases = Object.entries(project.world.fleet.hosts).map(([name, { facts }]) => [name, facts.lease] as const)
  outlast(project.world)
  const host1 = hostOf(project, 'host1')
  const lease = leases.find(([name]) => name === 'host1')?.[1] ?? assert.fail()
  host1.facts = { ...host1.facts, lease: { ...lease, until: host1.facts.now + 500 } }
  const other = await project.again('elsewhere')
  const { notes, isAtWork } = await fleetStatus(other.ports, other.project, look)
  assert.equal(isAtWork, false)
  assert.match(notes.join('\n'), /^rotation \w{8} \(DB_PASSWORD\) is half-done: lockstep rotate --resume/m)
})
