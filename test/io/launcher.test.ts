import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { become } from '../support/become.ts'

/** These start a process that becomes another program, as `run` does. */
const directory = await mkdtemp(join(tmpdir(), 'launcher-'))
after(() => rm(directory, { recursive: true }))
const launcher = new URL('../../src/io/launcher.ts', import.meta.url).href

const script = async (name: string, text: string, mode = 0o755): Promise<string> => {
  const path = join(directory, name)
  await writeFile(path, text)
  await chmod(path, mode)
  return path
}

test('the program has our PID, its own status, and nothing is said', async () => {
  let pid = 0
  const ended = await become('/bin/sh', ['-c', 'echo $$; exit 7'], { onOutput: (at) => (pid = at) })
  assert.equal(Number(ended.stdout), pid)
  assert.equal(ended.status, 7)
  assert.equal(ended.stderr, '')
})

test('signals reach the program as sent', async () => {
  const trap = 'trap "echo got; exit 3" TERM; echo up; while :; do sleep 0.05; done'
  const ended = await become('/bin/sh', ['-c', trap], { onOutput: (pid) => process.kill(pid, 'SIGTERM') })
  assert.deepEqual([ended.stdout, ended.status], ['up\ngot\n', 3])
  const killed = await become('/bin/sh', ['-c', 'echo up; exec sleep 5'], {
    onOutput: (pid) => process.kill(pid, 'SIGINT'),
  })
  assert.equal(killed.signal, 'SIGINT')
})

test('the program starts with default signals and an environment of exactly what was given', async () => {
  const ended = await become('/bin/cat', ['/proc/self/status', '/proc/self/environ'], {
    environment: { A: 'x\ny', B: '' },
  })
  // what whoever started us ignores (nohup, a shell's background) stays ignored, and nothing else is
  const bits = (['SIGHUP', 'SIGINT', 'SIGQUIT'] as const).map((name) => 1n << BigInt(constants.signals[name] - 1))
  const inherited = bits.reduce((all, bit) => all | (ignoredIn(readFileSync('/proc/self/status', 'utf8')) & bit), 0n)
  assert.match(ended.stdout, /SigBlk:\t0+\n/)
  assert.equal(ignoredIn(ended.stdout), inherited)
  assert.ok(ended.stdout.endsWith('A=x\ny\0B=\0'))
})

/** Of the signals with names: the C library keeps a few behind them for itself. */
const ignoredIn = (status: string): bigint =>
  BigInt(`0x${/SigIgn:\t([0-9a-f]+)/.exec(status)?.[1] ?? ''}`) & 0x7fff_ffffn

test('resident: status, death by signal and forwarded signals', async () => {
  assert.equal((await become('/bin/sh', ['-c', 'exit 5'], { resident: true })).status, 5)
  const killed = await become('/bin/sh', ['-c', 'kill -9 $$'], { resident: true })
  assert.deepEqual([killed.status, killed.stderr], [128 + constants.signals.SIGKILL, ''])
  for (const name of ['TERM', 'INT', 'HUP', 'QUIT', 'USR1', 'USR2']) {
    const trap = `trap "echo got; exit 3" ${name}; echo up; while :; do sleep 0.05; done`
    const ended = await become('/bin/sh', ['-c', trap], {
      resident: true,
      onOutput: (pid) => process.kill(pid, `SIG${name}`),
    })
    assert.deepEqual([ended.stdout, ended.status], ['up\ngot\n', 3], name)
  }
})

test('resident: signals that runtimes use among themselves are not passed on', async () => {
  const trap = 'for s in URG CHLD WINCH CONT; do trap "echo $s" $s; done; echo up; sleep 0.5; echo end'
  const ended = await become('/bin/sh', ['-c', trap], {
    resident: true,
    onOutput: (pid) => {
      for (const name of ['SIGURG', 'SIGWINCH', 'SIGCONT'] as const) process.kill(pid, name)
    },
  })
  // The shell hears of its own `sleep`, and of nothing of ours.
  assert.match(ended.stdout, /^up\n(?:CHLD\n)?end\n$/)
})

test('a broken pipe ends the program as it would have without us', async () => {
  const ended = await become('/bin/sh', ['-c', '(yes; echo "status $?" >&2) | head -n 1'])
  assert.equal(ended.stderr, `status ${128 + constants.signals.SIGPIPE}\n`)
})

test('a script without a first line for the kernel is run by the shell', async () => {
  const ended = await become(await script('plain', 'echo "ran $1"; exit 4\n'), ['it'])
  assert.deepEqual([ended.stdout, ended.status], ['ran it\n', 4])
})

test('what the kernel would not take is refused before we give ourselves up', async () => {
  const rows: readonly (readonly [string, string])[] = [
    [await script('no-interpreter', '#!/no/such/program\n'), 'NOT_FOUND'],
    [await script('loop', `#!${join(directory, 'loop')}\n`), 'NOT_FOUND'],
    [await script('damaged', '\x7fELF-and-then-nothing'), 'UNSAFE'],
    [await script('binary', 'a\0b'), 'UNSAFE'],
    [await script('not-executable', '#!/bin/sh\n', 0o644), 'DENIED'],
    [join(directory, 'absent'), 'NOT_FOUND'],
    [directory, 'UNSAFE'],
  ]
  for (const [path, code] of rows) {
    const ended = await become(path, [])
    assert.equal(ended.status, 99, `${path} ${ended.stderr}`)
    assert.equal(ended.stdout.split(' ')[0], code, path)
  }
})

test('more than the kernel takes is refused, not aborted on', async () => {
  const code = `
    import { openLauncher } from ${JSON.stringify(launcher)}
    const environment = Object.fromEntries(Array.from({ length: 30 }, (_, i) => ['V' + i, 'x'.repeat(100_000)]))
    await openLauncher().become({ path: '/bin/true', name: 'true', args: [], environment, identity: null }).catch((e) => console.log(e.code))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  for await (const chunk of child.stdout) out += String(chunk)
  assert.equal(out, 'UNSAFE\n')
})
