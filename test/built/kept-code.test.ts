/** The compiled code that the build keeps beside what `get` and `run` load. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { Script } from 'node:vm'
import { installedProgram } from '../support/built.ts'
import { projectIn } from '../support/project.ts'

const launcher = installedProgram()
const directory = join(dirname(launcher), '..', 'dist', 'program')
const kept = readdirSync(directory).filter((name) => name.endsWith('.code'))

test('is for the Node that has built it', () => {
  assert.deepEqual(kept.sort(), ['bin.js.code', 'project.js.code', 'run.js.code'])
  for (const name of kept) {
    const file = join(directory, name.slice(0, -'.code'.length))
    const cachedData = readFileSync(join(directory, name))
    const script = new Script(readFileSync(`${file}.script`, 'latin1'), { filename: file, cachedData })
    assert.equal(script.cachedDataRejected, false, name)
  }
})

test("without it, or with another Node's, everything is as it was", async (t) => {
  const { root } = await projectIn(t, { secrets: { aws: { KEY: 'a value' } } })
  const env = { PATH: process.env['PATH'], HOME: root }
  const say = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(launcher, args, { cwd: root, env, encoding: 'utf8' })
    return { status, stdout, stderr }
  }
  const all = () => [
    say('get', 'KEY'),
    say('get', 'KEZ'),
    say('run', '--', 'sh', '-c', 'echo $KEY'),
    say('list'),
    say('--version'),
  ]
  const before = all()
  assert.deepEqual(before[0], { status: 0, stdout: 'a value\n', stderr: '' })
  assert.deepEqual(before[2], { status: 0, stdout: 'a value\n', stderr: '' })
  for (const name of kept) {
    const code = readFileSync(join(directory, name))
    // where it says which V8 it is of
    code.fill(0, 0, 32)
    writeFileSync(join(directory, name), code)
  }
  assert.deepEqual(all(), before)
  for (const name of kept) rmSync(join(directory, name))
  assert.deepEqual(all(), before)
})
