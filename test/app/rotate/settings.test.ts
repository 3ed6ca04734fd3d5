import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { refusal } from '../../support/refusal.ts'
import { withGroups } from '../../support/rotation-groups.ts'
import { cutOff, rotatingProject, type RotatingProject, outlast } from '../../support/rotation-in-memory.ts'

const db = (targets: string): string =>
  `db: { keys: [DB_PASSWORD], rotate: { with: random, overlap: 1h, targets: [${targets}] } }`

const put = ({ root }: RotatingProject, targets: string): void =>
  writeFileSync(`${root}/lockstep.yaml`, `project: shop\ngroups: { ${db(targets)} }\n`)

test('what began at one place is not ended at another; --abort is still possible', async (t) => {
  const project = await withGroups(await rotatingProject(t, memoryFleet(four(enrolled))), db('one'))
  const { accepted } = project.world.upstream
  await project.rotate()
  put(project, 'two')
  const other = await project.again('elsewhere')
  const { rows, waiting } = await other.rotate({ mode: 'resume', names: [], isEmergency: true })
  assert.deepEqual(
    [rows[0]?.problem?.message, rows[0]?.problem?.hint],
    [
      'targets in lockstep.yaml is not as it was when its rotation began',
      'until that is over put it back: targets: ["one"]',
    ],
  )
  assert.deepEqual([waiting.length, ...accepted], [1, 'value-1', 'value-2'])
  put(other, 'one')
  const back = await other.again('elsewhere')
  await back.rotate({ mode: 'abort', names: ['db'] })
  assert.deepEqual([...accepted], ['value-1'])
})

test('what was cut off goes on where it began, and not elsewhere', async (t) => {
  const project = await withGroups(await rotatingProject(t, memoryFleet(four(enrolled))), db('one'))
  const { accepted } = project.world.upstream
  const isInstalled = (effect: string): boolean => effect === 'after upstream install'
  assert.ok((await cutOff(project.world, isInstalled, () => project.rotate())).isCut)
  outlast(project.world)
  put(project, 'two')
  const other = await project.again('elsewhere')
  const { isOpen, rows } = await other.rotate({ mode: 'resume', names: [] })
  assert.deepEqual([isOpen, rows[0]?.problem?.code], [true, 'CONFIG'])
  assert.deepEqual([...accepted], ['value-1', 'value-2'])
  put(other, 'one')
  const back = await other.again('elsewhere')
  await back.rotate({ mode: 'resume', names: [], isEmergency: true })
  assert.deepEqual([await back.value('DB_PASSWORD'), ...accepted], ['value-2', 'value-2'])
})

test('a slip in keys: makes no second credential beside the one that was meant', async (t) => {
  const slip = 'db: { keys: [DB_PASWORD], rotate: { with: random, overlap: 1h } }'
  const project = await withGroups(await rotatingProject(t, memoryFleet(four(enrolled))), slip)
  const error = await refusal('CONFIG', project.rotate())
  assert.match(error.message, /^DB_PASWORD: .*db has DB_PASSWORD, which it does not list$/)
  const { rows } = await project.rotate({ names: [] })
  assert.deepEqual(
    rows.map(({ end, problem }) => [end, problem?.code]),
    [[null, 'CONFIG']],
  )
  assert.deepEqual([...project.world.upstream.accepted], ['value-1'])
})
