import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { together } from '../../../src/app/rotate/saga.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { refusal } from '../../support/refusal.ts'
import { openCredential } from '../../support/rotation.ts'
import { outlast, rotatingProject, type RotatingProject } from '../../support/rotation-in-memory.ts'

interface Both {
  readonly project: RotatingProject
  readonly other: RotatingProject
  /** Steps that were asked of upstream, in order. */
  readonly steps: string[]
}

const both = async (t: TestContext): Promise<Both> => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)), 'overlap: 0s')
  const steps: string[] = []
  project.world.upstream.onStep = (step) => void steps.push(step)
  return { project, other: await project.again('elsewhere'), steps }
}

/** This run's machine sleeps at that moment, for so long that somebody else has taken the rotation back when it wakes. */
const sleepAt = ({ project: { world }, other }: Both, moment: string): void => {
  let hasSlept = false
  world.pass = async (effect) => {
    if (effect !== moment || hasSlept) return
    hasSlept = true
    outlast(world)
    await other.rotate({ mode: 'abort', names: [] })
  }
}

const accepted = ({ project }: Both): readonly string[] => [...project.world.upstream.accepted]

suite('a run that slept while another one took its rotation back', () => {
  test('asks the fleet before it changes anything upstream', async (t) => {
    const one = await both(t)
    sleepAt(one, 'after record here')
    await refusal('CONFLICT', one.project.rotate())
    assert.deepEqual([one.steps, accepted(one)], [['withdraw'], ['value-1']])
    one.project.world.pass = () => Promise.resolve()
    assert.deepEqual((await one.project.rotate({ mode: 'resume', names: [] })).rows, [])
  })

  test('says what upstream may accept now where it woke too late to ask', async (t) => {
    const one = await both(t)
    sleepAt(one, 'before upstream install')
    const error = await refusal('CONFLICT', one.project.rotate())
    assert.match(error.message, /upstream may accept a new value of db that nobody keeps$/)
    assert.match(error.hint ?? '', /end that value where it was made/)
    assert.deepEqual(
      [one.steps, accepted(one)],
      [
        ['withdraw', 'install'],
        ['value-1', 'value-2'],
      ],
    )
  })

  test('ends nothing that the other one went on with', async (t) => {
    const one = await both(t)
    sleepAt(one, 'before upstream verify')
    await refusal('CONFLICT', one.project.rotate())
    // the value that was taken back is refused at once: it is not withdrawn once more on a fleet that is somebody else's
    assert.deepEqual([one.steps, accepted(one)], [['install', 'withdraw', 'verify'], ['value-1']])
  })
})

test('what is at work upstream is called off, and has ended, before a run ends', async () => {
  const stopping = new AbortController()
  const saga = { context: { stop: (): void => stopping.abort() } }
  const seen: string[] = []
  const [first, second] = ['first', 'second'].map((id) => openCredential({ id }))
  assert.ok(first !== undefined && second !== undefined)
  const working = together(saga, [first, second], async ({ id }) => {
    if (id === 'first') throw new Error('taken over')
    if (!stopping.signal.aborted) await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve))
    seen.push(`${id} was called off`)
  })
  await assert.rejects(working, /taken over/)
  assert.deepEqual(seen, ['second was called off'])
})
