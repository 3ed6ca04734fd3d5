import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { call } from '../../support/call.ts'
import { rotatingProject } from '../../support/rotation-in-memory.ts'

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
    const { rows, isOpen } = await project.rotate({ mode: 'abort', names: [], hosts: 'host1' })
    assert.equal(isOpen, true)
    assert.match(rows[0]?.problem?.message ?? '', /^host2, host3, host4 may still need the new value$/)
    assert.deepEqual([...accepted], ['value-1', 'value-2'])
    assert.equal((await project.rotate({ mode: 'abort', names: [] })).isOpen, false)
    assert.deepEqual([await project.value('DB_PASSWORD'), ...accepted], ['value-1', 'value-1'])
  })
})
