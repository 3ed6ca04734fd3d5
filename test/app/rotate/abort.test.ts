import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { call } from '../../support/call.ts'
import { refusal } from '../../support/refusal.ts'
import { withGroups } from '../../support/rotation-groups.ts'
import { cutOff, outlast, rotatingProject } from '../../support/rotation-in-memory.ts'

suite('a part of the hosts', () => {
  for (const mode of ['resume', 'abort']) {
    test(`--${mode} is not about one`, async (t) => {
      const { ports } = await rotatingProject(t, memoryFleet(four(enrolled)))
      const { status, stderr } = await call(['rotate', `--${mode}`, '--hosts', 'host1'], ports)
      assert.equal(status, 2)
      assert.match(stderr, new RegExp(`--${mode} goes with none of --hosts[^]*hint: lockstep rotate --${mode}\n`))
    })
  }

  test('the new value is not ended upstream as long as a host may run it', async (t) => {
    const project = await rotatingProject(t, memoryFleet(four(enrolled)), 'overlap: 1h')
    const { accepted } = project.world.upstream
    await project.rotate()
    const { rows, isOpen } = await project.rotate({ mode: 'abort', names: ['db'], hosts: 'host1' })
    assert.equal(isOpen, true)
    assert.match(rows[0]?.problem?.message ?? '', /^host2, host3, host4 may still need the new value$/)
    assert.deepEqual([...accepted], ['value-1', 'value-2'])
    assert.equal((await project.rotate({ mode: 'abort', names: [] })).isOpen, false)
    assert.deepEqual([await project.value('DB_PASSWORD'), ...accepted], ['value-1', 'value-1'])
  })
})

suite('--abort without names', () => {
  const two = `db: { keys: [DB_PASSWORD], rotate: { with: random, overlap: 1h } },
    ops: { keys: [ADMIN], rotate: { with: random, overlap: 1h } }`

  test('takes back what was cut off alone, and never what went well', async (t) => {
    const one = await rotatingProject(t, memoryFleet(four(enrolled)), 'overlap: 1h')
    const project = await withGroups(one, two, { ops: { ADMIN: 'admin-1' } })
    const { accepted } = project.world.upstream
    const abort = { mode: 'abort', names: [] } as const
    await project.rotate()
    for (const check of [true, false]) {
      const error = await refusal('NOT_FOUND', project.rotate({ ...abort, check }))
      assert.equal(error.message, 'no rotation is half-done')
      assert.equal(error.hint, 'lockstep rotate --abort db takes back one whose former value is still valid')
    }
    await project.rotate({ names: ['ops'] })
    const both = await refusal('NOT_FOUND', project.rotate(abort))
    assert.match(both.hint ?? '', /^lockstep rotate --abort NAME takes back .*: db, ops$/)
    assert.match((await refusal('NOT_FOUND', project.rotate({ ...abort, names: ['aws'] }))).message, /of aws is open$/)
    assert.deepEqual([...accepted], ['value-1', 'value-2'])
    await project.rotate({ ...abort, names: ['db', 'ops'] })
    assert.deepEqual([await project.value('DB_PASSWORD'), await project.value('ADMIN')], ['value-1', 'admin-1'])
    const { hint } = await refusal('NOT_FOUND', project.rotate(abort))
    assert.equal(hint, 'lockstep rotate history lists what was done')
  })

  test('where another is half-done, what waits can be named', async (t) => {
    const one = await rotatingProject(t, memoryFleet(four(enrolled)), 'overlap: 1h')
    const project = await withGroups(one, two, { ops: { ADMIN: 'admin-1' } })
    await project.rotate()
    const isInstalled = (effect: string): boolean => effect === 'after upstream install'
    assert.ok((await cutOff(project.world, isInstalled, () => project.rotate({ names: ['ops'] }))).isCut)
    outlast(project.world)
    const next = await project.again('elsewhere')
    const { isOpen, rows } = await next.rotate({ mode: 'abort', names: ['db'] })
    assert.deepEqual([isOpen, rows.find(({ id }) => id === 'db')?.end], [true, 'withdrawn'])
    assert.equal(await next.value('DB_PASSWORD'), 'value-1')
    assert.equal((await next.rotate({ mode: 'resume', names: [] })).isOpen, false)
    assert.deepEqual([await next.value('DB_PASSWORD'), await next.value('ADMIN')], ['value-1', 'value-2'])
  })
})
