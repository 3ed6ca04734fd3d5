import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { call } from '../../support/call.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { projectIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { rotatingProject } from '../../support/rotation-in-memory.ts'

suite('a check tells what the run would refuse', () => {
  test('where no backup can be made, and does not say to run it', async (t) => {
    const project = await rotatingProject(t, memoryFleet(four(enrolled)), undefined, projectIn)
    const error = await refusal('USAGE', project.rotate())
    const { notes, isRefused } = await project.rotate({ check: true })
    assert.deepEqual([isRefused, notes.includes(`would be refused: ${error.message}; ${error.hint}`)], [true, true])
    const { stdout, stderr } = await call(['rotate', 'db', '--check'], project.ports)
    assert.match(`${stdout}${stderr}`, /would be refused: there is no recovery identity .*lockstep backup recovery/)
    assert.doesNotMatch(`${stdout}${stderr}`, /^next: /m)
  })

  test('an emergency goes on without a backup', async (t) => {
    const project = await rotatingProject(t, memoryFleet(four(enrolled)), undefined, projectIn)
    const { notes, isRefused } = await project.rotate({ check: true, isEmergency: true })
    assert.deepEqual([isRefused, notes.filter((note) => note.startsWith('would be refused'))], [false, []])
  })

  test('where nothing stands in the way: how to run it', async (t) => {
    const project = await rotatingProject(t, memoryFleet(four(enrolled)))
    const { stdout, stderr } = await call(['rotate', 'db', '--check'], project.ports)
    assert.match(`${stdout}${stderr}`, /^next: lockstep rotate db --expect [0-9a-f]{8}$/m)
  })

  test('before setup: to set up, and not to abandon what is to come', async (t) => {
    const project = await rotatingProject(t, memoryFleet(four(() => ({}))))
    const { notes, isRefused } = await project.rotate({ check: true })
    assert.equal(isRefused, true)
    assert.match(notes.join('\n'), /host1, host2, host3 are not set up yet: lockstep setup, then the same again$/m)
    assert.doesNotMatch(notes.join('\n'), /--abandon-host/)
    const { hint } = await refusal('CONFLICT', project.rotate())
    assert.equal(hint, 'lockstep setup --hosts host1; or leave it behind: --allow-missing')
  })
})
