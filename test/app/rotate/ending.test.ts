import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type { SecretsError } from '../../../src/core/errors.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { refusal } from '../../support/refusal.ts'
import { cutOff, outlast, rotatingProject } from '../../support/rotation-in-memory.ts'

const isEnd = (effect: string): boolean => effect === 'before upstream retire'

test('nobody takes a run over that ends former values', async (t) => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  const { world } = project
  const refused: SecretsError[] = []
  world.pass = async (effect) => {
    if (!isEnd(effect) || refused.length > 0) return
    const other = await project.again('elsewhere')
    refused.push(await refusal('CONFLICT', other.rotate({ names: [] })))
  }
  const { rows, waiting } = await project.rotate()
  assert.match(refused[0]?.message ?? '', /^it is held by /)
  assert.deepEqual([rows.map(({ end }) => end), waiting, ...world.upstream.accepted], [['retired'], [], 'value-2'])
})

for (const where of ['here', 'elsewhere'] as const) {
  test(`one that died there is gone on with: ${where}`, async (t) => {
    const project = await rotatingProject(t, memoryFleet(four(enrolled)))
    assert.ok((await cutOff(project.world, isEnd, () => project.rotate())).isCut)
    const next = await project.again(where)
    if (where === 'elsewhere') {
      await refusal('CONFLICT', next.rotate({ mode: 'resume', names: [] }))
      outlast(project.world)
    }
    const { waiting } = await next.rotate({ mode: 'resume', names: [] })
    assert.deepEqual([waiting, ...project.world.upstream.accepted], [[], 'value-2'])
  })
}

test('an older ledger that somebody writes here meanwhile is not gone on with', async (t) => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  const path = `${project.root}/.lockstep/ledger-production.vault`
  let older: Buffer | null = null
  project.world.pass = async (effect) => {
    if (effect === 'before host1 stage') older ??= readFileSync(path)
    if (older !== null && effect.startsWith('after host') && effect.endsWith(' record')) writeFileSync(path, older)
  }
  const { rows, waiting } = await project.rotate()
  assert.deepEqual([rows.map(({ end }) => end), waiting], [['retired'], []])
  project.world.pass = () => Promise.resolve()
  const after = await project.rotate({ mode: 'resume', names: [] })
  assert.deepEqual([after.isOpen, after.rows, after.hosts, after.waiting], [false, [], [], []])
})
