import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { projectIn } from '../support/project.ts'

const program = resolve(import.meta.dirname, '..', '..', 'src', 'bin.ts')

/** Tells that it runs and where its file is, leaves what editors leave, and waits to be ended. */
const editor = `#!/bin/sh
cp "$1" "$1~"
echo $$ > pid
echo "$1" > started
trap 'exit 130' INT
while :; do sleep 0.05; done
`

const until = async (path: string): Promise<string> => {
  for (let i = 0; i < 400 && (!existsSync(path) || readFileSync(path, 'utf8') === ''); i++) await sleep(25)
  return readFileSync(path, 'utf8').trim()
}

const isAlive = (pid: string): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

for (const [signal, wholeGroup, status] of [
  ['SIGTERM', false, 143],
  ['SIGHUP', false, 129],
  ['SIGINT', true, 130],
] as const) {
  test(`${signal} while the editor is open leaves nothing behind and writes nothing`, async (t) => {
    const { root } = await projectIn(t, { secrets: { app: { KEY: 'canary' } } })
    writeFileSync(join(root, 'editor'), editor, { mode: 0o755 })
    const before = readFileSync(join(root, 'secrets/app.env'))
    const env = { PATH: process.env['PATH'], HOME: root, EDITOR: join(root, 'editor') }
    const child = spawn(process.execPath, [program, 'edit'], { cwd: root, env, stdio: 'ignore', detached: true })
    const ended = new Promise<number>((done) => child.on('exit', (code, by) => done(code ?? (by === null ? -1 : -2))))
    const file = await until(join(root, 'started'))
    assert.equal(readFileSync(file, 'utf8'), 'KEY=canary\n')
    process.kill(wholeGroup ? -(child.pid ?? 0) : (child.pid ?? 0), signal)
    assert.equal(await ended, status)
    assert.equal(isAlive(readFileSync(join(root, 'pid'), 'utf8').trim()), false, 'the editor has ended too')
    assert.equal(existsSync(file), false)
    const id = file.split('/').at(-2) ?? ''
    assert.equal(readdirSync('/dev/shm').includes(id), false)
    assert.deepEqual(readFileSync(join(root, 'secrets/app.env')), before)
  })
}

test('the next session sweeps what a killed one left', async (t) => {
  const { root } = await projectIn(t, { secrets: { app: { KEY: 'canary' } } })
  writeFileSync(join(root, 'editor'), editor, { mode: 0o755 })
  const env = { PATH: process.env['PATH'], HOME: root, EDITOR: join(root, 'editor') }
  const child = spawn(process.execPath, [program, 'edit'], { cwd: root, env, stdio: 'ignore', detached: true })
  const ended = new Promise((done) => child.on('exit', done))
  const file = await until(join(root, 'started'))
  process.kill(-(child.pid ?? 0), 'SIGKILL')
  await ended
  assert.equal(existsSync(file), true)
  const next = spawn(process.execPath, [program, 'edit'], {
    cwd: root,
    env: { ...env, EDITOR: 'true' },
    stdio: 'ignore',
  })
  assert.equal(await new Promise((done) => next.on('exit', done)), 0)
  assert.equal(existsSync(file), false)
})
