import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { RotateOptions } from '../../../src/app/rotate/rotation-context.ts'
import { commands } from '../../../src/cli/commands/index.ts'
import { interruptedWords } from '../../../src/cli/rotation-interrupted.ts'
import { main } from '../../../src/cli/main.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { rotatingProject, type RotatingProject } from '../../support/rotation-in-memory.ts'

/** By effect: what somebody is told who cuts it off there. */
const wordsAt = async (
  { world, rotate }: RotatingProject,
  options: Partial<RotateOptions>,
): Promise<ReadonlyMap<string, string>> => {
  const said = new Map<string, string>()
  const { mode = 'new' } = options
  let stage: Parameters<RotateOptions['onStage']>[0] | null = null
  world.pass = async (effect) => {
    if (!said.has(effect)) said.set(effect, interruptedWords(mode, stage))
  }
  await rotate({ ...options, onStage: (next) => void (stage = next) })
  world.pass = () => Promise.resolve()
  return said
}

suite('a rotation that is cut off says how it stands', () => {
  const start = (t: TestContext, settings?: string): Promise<RotatingProject> =>
    rotatingProject(t, memoryFleet(four(enrolled)), settings)

  test('forward', async (t) => {
    const said = await wordsAt(await start(t), {})
    assert.equal(said.get('before change of the project'), 'nothing was begun', 'it makes a backup')
    const begun = 'lockstep rotate --resume goes on, --abort takes it back'
    assert.equal(said.get('before host1 record'), begun)
    assert.equal(said.get('before upstream install'), begun)
    assert.match(
      said.get('before upstream retire') ?? '',
      /^the new values are in force; lockstep rotate --resume ends/,
    )
  })

  test('back', async (t) => {
    const project = await start(t, 'overlap: 1h')
    await project.rotate()
    const said = await wordsAt(project, { mode: 'abort' })
    assert.equal(said.get('before change of the project'), 'nothing was changed')
    const words = 'lockstep rotate --resume, or --abort again, goes on taking it back'
    assert.deepEqual([said.get('before host1 record'), said.get('before upstream withdraw')], [words, words])
  })

  test('when all is over', () => assert.match(interruptedWords('new', 'over'), /^nothing is half-done; .*backup$/))

  test('Ctrl-C where a person is asked for the value', async (t) => {
    const { ports, world } = await start(t)
    const stop = new AbortController()
    world.upstream.differs = {
      propose: () => {
        stop.abort(2)
        return new Promise(() => undefined)
      },
    }
    let told = ''
    const sink = { isTerminal: false, write: async (text: string | Uint8Array) => void (told += String(text)) }
    const program = { out: sink, err: sink, version: async () => '0', interruption: () => stop.signal, commands }
    assert.equal(await main(['rotate', 'db'], ports, program), 130)
    assert.match(told, /^interrupted: nothing was begun$/m)
  })
})
