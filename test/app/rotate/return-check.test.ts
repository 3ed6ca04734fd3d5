import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { RotationReport } from '../../../src/core/rotate/rotation-report.ts'
import { call } from '../../support/call.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { cutOff, rotatingProject, type RotatingProject } from '../../support/rotation-in-memory.ts'

const abort = { mode: 'abort', names: [] } as const
const check = true

const hostsIn = ({ hosts }: RotationReport): readonly string[] =>
  hosts.map(({ host, from, to }) => `${host} ${from}-${to}`).toSorted()
const rowsIn = ({ rows }: RotationReport): unknown => rows.map(({ id, action, end, note }) => [id, action, end, note])

type Moment = (effect: string, before: readonly string[]) => boolean

const isInstalled: Moment = (effect) => effect === 'after upstream install'
const isPromotion: Moment = (effect, before) =>
  effect === 'before change of the project' && before.includes('after host4 stage')

/** Cut off at that moment, on a machine that knows its process to be dead. */
const cutAt = async (t: TestContext, moment: Moment): Promise<RotatingProject> => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  await project.deploy()
  assert.ok((await cutOff(project.world, moment, () => project.rotate())).isCut)
  return project.again('here')
}

suite('--abort --check shows the way back', () => {
  test('what was delivered goes back, to the generations that it will have', async (t) => {
    const next = await cutAt(t, isPromotion)
    const shown = await next.rotate({ ...abort, check })
    assert.deepEqual(rowsIn(shown), [['db', 'return', null, 'the former value goes back, the new one is ended']])
    assert.deepEqual(hostsIn(shown), ['host1 2-3', 'host2 2-3', 'host3 2-3', 'host4 2-3'])
    assert.match(shown.notes.join('\n'), /^host1: would be taken over from /m)
    assert.deepEqual(hostsIn(await next.rotate(abort)), hostsIn(shown))
  })

  test('what no host has yet is ended, and nothing is delivered', async (t) => {
    const project = await cutAt(t, isInstalled)
    const shown = await project.rotate({ ...abort, check })
    assert.deepEqual([rowsIn(shown), hostsIn(shown)], [[['db', 'return', null, 'the new value is ended']], []])
  })

  test('--resume --check, where it is on its way back already: the same', async (t) => {
    const project = await cutAt(t, isPromotion)
    const isHalfBack: Moment = (effect) => effect === 'before host2 stage'
    assert.ok((await cutOff(project.world, isHalfBack, () => project.rotate(abort))).isCut)
    const next = await project.again('here')
    const shown = await next.rotate({ mode: 'resume', names: [], check })
    assert.deepEqual(rowsIn(shown), [['db', 'return', null, 'the former value goes back, the new one is ended']])
    assert.deepEqual(
      shown.hosts.map(({ host }) => host),
      ['host1', 'host2', 'host3', 'host4'],
    )
  })

  for (const [typed, next] of [
    [['--abort'], 'lockstep rotate --abort'],
    [['--resume'], 'lockstep rotate --resume'],
    [['--abort', 'db'], 'lockstep rotate --abort db'],
    [['--abort', 'db', '--abandon'], 'lockstep rotate --abort db --abandon'],
    [['--abort', '--abandon-host', 'host4'], 'lockstep rotate --abort --abandon-host host4'],
    [['--resume', '--emergency'], 'lockstep rotate --resume --emergency'],
  ] as const) {
    test(`next: ${next}`, async (t) => {
      const project = await cutAt(t, isInstalled)
      const { stderr, stdout } = await call(['rotate', ...typed, '--check'], project.ports)
      const lines = `${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('next: '))
      assert.deepEqual(lines, [`next: ${next}`], `${stdout}${stderr}`)
    })
  }
})
