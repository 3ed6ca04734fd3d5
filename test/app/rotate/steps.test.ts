import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { fail } from '../../../src/core/errors.ts'
import type { Rotator } from '../../../src/core/rotate/rotator.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { rotatingProject, usual } from '../../support/rotation-in-memory.ts'

/** What the run says of its upstream, line by line. */
const saidBy = async (t: TestContext, differs: Partial<Rotator>, isEmergency = false): Promise<readonly string[]> => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  project.world.upstream.differs = differs
  const said: string[] = []
  const onStep: typeof usual.onStep = (line) => void said.push(line)
  await project.rotate({ isEmergency, isAttended: true, onStep })
  return said.filter((line) => line.startsWith('db: '))
}

suite('the lines of a run say what is being done, and not that it went well', () => {
  const refuse = async (): Promise<void> => {
    throw fail('DENIED', 'refused')
  }
  const begins = ['db: installs the new value', 'db: verifies the new value']
  const rows: readonly [string, Partial<Rotator>, boolean, readonly string[]][] = [
    ['all goes well', {}, false, [...begins, 'db: ends the former value']],
    ['the new value is refused', { verify: refuse }, false, [...begins, 'db: ends the new value']],
    ['the end of the former one is refused', { retire: refuse }, false, [...begins, 'db: ends the former value']],
    ['in an emergency', {}, true, [...begins, 'db: ends the former value', 'db: ends the former value']],
    ['a person ends the former value', { endsNothing: true }, false, begins],
    ['a person, in an emergency', { endsNothing: true }, true, begins],
    ['a person gave the new one', { needsPerson: true, verify: refuse }, false, begins],
    ['a person would end the new one', { endsNothing: true, verify: refuse }, false, begins],
  ]
  for (const [title, differs, isEmergency, said] of rows) {
    test(title, async (t) => assert.deepEqual(await saidBy(t, differs, isEmergency), said))
  }
})
