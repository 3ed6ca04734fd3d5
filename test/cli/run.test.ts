import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { delivered, inMemory, lockstep } from '../support/run-delivered.ts'
import { writeScope } from '../support/scope.ts'
import { temporary } from '../support/temporary.ts'

/** `run` as a whole process, on what a host was delivered. */
const hasMemory = process.platform === 'linux'

test('from a delivery: PID, process group, mask and descriptors are as without us', async (t) => {
  const run = await delivered(t)
  const script =
    'echo $$; cut -d" " -f5 /proc/self/stat; umask; ls /proc/self/fd | wc -l; cat /proc/self/coredump_filter'
  const ended = await lockstep([...run, '--', '/bin/sh', '-c', script])
  const bare = await new Promise<string>((done) => {
    const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.once('close', () => done(out))
  })
  const [pid, ...rest] = ended.stdout.split('\n')
  assert.equal(Number(pid), ended.pid)
  assert.deepEqual(rest, bare.split('\n').slice(1))
  assert.equal(ended.stderr, '')
})

test('SIGTERM ends the program at once, with its own answer', async (t) => {
  const run = await delivered(t)
  const script = 'trap "echo $AWS_KEY; exit 5" TERM; echo up; while :; do sleep 0.05; done'
  const ended = await lockstep([...run, '--', 'sh', '-c', script], (pid) => process.kill(pid, 'SIGTERM'))
  assert.deepEqual([ended.status, ended.stdout], [5, 'up\ncanary one\n'])
})

test('one group of a delivery', async (t) => {
  const ended = await lockstep([...(await delivered(t)), '--groups', 'app', '--pristine', '--', '/usr/bin/env', '-0'])
  assert.equal(ended.stdout, 'APP_KEY=canary\ntwo\n\0')
})

test('a mixed pair is not run', async (t) => {
  const run = await delivered(t)
  const [, , passwordFile = ''] = run
  writeScope(
    passwordFile.slice(0, -'/vault-password'.length),
    new Map([['vault-password', Buffer.from('another one\n')]]),
  )
  const ended = await lockstep([...run, '--', 'echo', 'started'])
  assert.deepEqual([ended.status, ended.stdout], [7, ''])
})

test('nothing delivered is not run, and says so', async (t) => {
  const root = temporary(t)
  const ended = await lockstep(['run', '--password-file', `${root}/no`, '--directory', root, '--', 'echo', 'started'])
  assert.deepEqual([ended.status, ended.stdout], [4, ''])
  assert.match(ended.stderr, /no password file/)
})

test(
  'files: 0400, exact bytes, no value in the environment',
  { skip: !hasMemory && 'only Linux has it' },
  async (t) => {
    const directory = join(inMemory(t), 'secrets')
    const run = [...(await delivered(t)), '--files', directory]
    const first = await lockstep([...run, '--', 'sh', '-c', 'cat "$APP_KEY_FILE"; env'])
    assert.ok(first.stdout.startsWith('canary\ntwo\n'))
    assert.equal(first.stdout.split('canary').length, 2)
    assert.deepEqual(readdirSync(directory).toSorted(), ['.lockstep', 'APP_KEY', 'AWS_KEY'])
    assert.equal(statSync(directory).mode & 0o777, 0o700)
    for (const name of readdirSync(directory)) assert.equal(statSync(join(directory, name)).mode & 0o777, 0o400)
    // A restart finds the files of the start before.
    assert.equal((await lockstep([...run, '--', 'true'])).status, 0)
  },
)

test(
  'no value in the arguments of any process, nor in our own environment',
  { skip: !hasMemory && 'needs /proc' },
  async (t) => {
    const run = await delivered(t)
    const ended = await lockstep([
      ...run,
      '--',
      'sh',
      '-c',
      'tr "\\0" " " < /proc/$$/cmdline; tr "\\0" "\\n" < /proc/$PPID/environ',
    ])
    assert.equal(ended.stdout.includes('canary'), false)
  },
)
