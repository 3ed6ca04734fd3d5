import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { verbOf } from '../../../src/app/rotate/verb.ts'
import type { RotateOptions } from '../../../src/app/rotate/rotation-context.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { refusal } from '../../support/refusal.ts'
import { rotatingProject, usual } from '../../support/rotation-in-memory.ts'

suite('what to type again keeps what the run was about', () => {
  const rows: readonly [Partial<RotateOptions>, string][] = [
    [{ names: [] }, 'rotate'],
    [{ names: ['db', "it's"] }, `rotate db 'it'\\''s'`],
    [{ names: [], due: true }, 'rotate --due'],
    [{ names: [], hosts: 'web*' }, `rotate --hosts 'web*'`],
    [{ names: [], exposedBy: 'anna', isEmergency: true }, 'rotate --exposed-by anna --emergency'],
    [{ names: ['db'], abandon: ['host9'], allowMissing: true }, 'rotate db --abandon-host host9'],
    [{ names: [], mode: 'resume', isEmergency: true }, 'rotate --resume --emergency'],
    [{ mode: 'abort', names: ['db'], isAbandoning: true }, 'rotate --abort db --abandon'],
  ]
  for (const [options, verb] of rows) test(verb, () => assert.equal(verbOf({ ...usual, ...options }), verb))

  test('where most hosts that keep the ledger are down', async (t) => {
    const project = await rotatingProject(t, memoryFleet(four(enrolled)))
    await project.deploy()
    for (const [name, host] of Object.entries(project.world.fleet.hosts)) host.isDown = /[23]/.test(name)
    const { hint } = await refusal('UNAVAILABLE', project.rotate({ allowMissing: true }))
    const gone = 'lockstep rotate db --abandon-host host2 --abandon-host host3'
    assert.match(hint ?? '', new RegExp(`when they answer: lockstep rotate db; .* for good: ${gone}$`))
  })

  test('where nobody is there to be asked for a value', async (t) => {
    const project = await rotatingProject(t, memoryFleet(four(enrolled)))
    project.world.upstream.differs = { needsPerson: true }
    const { hint } = await refusal('USAGE', project.rotate({ isEmergency: true }))
    assert.equal(hint, 'at a terminal: lockstep rotate db --emergency')
  })

  test('where the plan is another one', async (t) => {
    const project = await rotatingProject(t, memoryFleet(four(enrolled)))
    const { hint } = await refusal('CONFLICT', project.rotate({ expect: 'deadbeef', isEmergency: true }))
    assert.equal(hint, 'look at it again: lockstep rotate db --emergency --check')
  })
})
