/** The program at a real terminal: hidden questions, colour, the interrupt key. Needs python3. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test, type TestContext } from 'node:test'
import { temporary } from '../support/temporary.ts'

const driver = resolve(import.meta.dirname, '..', 'support', 'at-terminal.py')
const program = resolve(import.meta.dirname, '..', '..', 'bin', 'lockstep')

interface Session {
  readonly args: readonly string[]
  readonly typing?: readonly (readonly [string, string])[]
  readonly environment?: Readonly<Record<string, string>>
}

const atTerminal = (cwd: string, { args, typing = [], environment = {} }: Session) => {
  const env = { PATH: process.env['PATH'], HOME: cwd, TERM: 'xterm', ...environment }
  const input = typing.map(([wait, type]) => `${wait}\n${type}\n`).join('')
  const done = spawnSync('python3', [driver, program, ...args], { cwd, env, input, encoding: 'utf8' })
  assert.equal(done.stderr, '')
  return { status: done.status, shown: done.stdout }
}

const project = (t: TestContext): string => {
  const directory = temporary(t, {})
  const started = atTerminal(directory, { args: ['init', '--project', 'shop'], typing: [['not now', '']] })
  assert.equal(started.status, 0, started.shown)
  return directory
}

test('a value is asked for and not shown', (t) => {
  const directory = project(t)
  const set = atTerminal(directory, { args: ['set', 'API_KEY'], typing: [['API_KEY', 'canary-typed']] })
  assert.equal(set.status, 0, set.shown)
  assert.match(set.shown, /added API_KEY/)
  assert.doesNotMatch(set.shown, /canary/)
  assert.match(atTerminal(directory, { args: ['get', 'API_KEY'] }).shown, /^canary-typed\r\n$/)
})

test('the interrupt key at a question leaves nothing changed, and the terminal shows what is typed again', (t) => {
  const directory = project(t)
  const shell = ['sh', '-c', `"$0" set API_KEY; echo status=$?; stty -a | grep -o -- '-\\?echo '`, program]
  const done = spawnSync('python3', [driver, ...shell], {
    cwd: directory,
    env: { PATH: process.env['PATH'], HOME: directory, TERM: 'xterm' },
    input: 'API_KEY\n^C\n',
    encoding: 'utf8',
  })
  assert.match(done.stdout, /status=130/)
  assert.match(done.stdout, /(^|[^-])echo/m)
  const list = atTerminal(directory, { args: ['list'] })
  assert.doesNotMatch(list.shown, /API_KEY +app/)
})

test('colour for the word error, and none with NO_COLOR', (t) => {
  const directory = project(t)
  assert.match(atTerminal(directory, { args: ['get', 'NOPE'] }).shown, /^\u001b\[1;31merror:\u001b\[0m no secret NOPE/)
  const plain = atTerminal(directory, { args: ['get', 'NOPE'], environment: { NO_COLOR: '1' } })
  assert.match(plain.shown, /^error: no secret NOPE/)
})

test('init shows the recovery identity once, and keeps its public side when its end is typed back', (t) => {
  const directory = temporary(t, {})
  const init = atTerminal(directory, { args: ['init', '--project', 'shop'], typing: [['not now', '^E']] })
  assert.equal(init.status, 0, init.shown)
  assert.equal(init.shown.match(/AGE-SECRET-KEY-1/g)?.length, 1)
  const recipient = /note: backups are made for (age1[a-z0-9]{58})/.exec(init.shown)?.[1] ?? ''
  assert.match(readFileSync(join(directory, 'secrets/metadata.yaml'), 'utf8'), new RegExp(`recipient: ${recipient},`))
})

test('what is shown at the terminal does not go through a pipe', (t) => {
  const directory = temporary(t, {})
  const shell = ['sh', '-c', '"$0" init --project shop > out.txt', program]
  const done = spawnSync('python3', [driver, ...shell], {
    cwd: directory,
    env: { PATH: process.env['PATH'], HOME: directory, TERM: 'xterm' },
    input: 'not now\n^E\n',
    encoding: 'utf8',
  })
  assert.match(done.stdout, /AGE-SECRET-KEY-1/)
  assert.match(readFileSync(join(directory, 'out.txt'), 'utf8'), /backups are made for age1/)
  assert.doesNotMatch(readFileSync(join(directory, 'out.txt'), 'utf8'), /AGE-SECRET-KEY/)
})

test('a value that only a person can make: asked for with what to do first, judged, delivered, and in force', (t) => {
  const root = temporary(t, {
    'shop/lockstep.yaml': `project: shop
directory: PLACE/opt/shop
groups:
  github:
    keys: [GITHUB_TOKEN]
    rotate: { with: person, hint: make a token with the role reader, revoke: github.com/settings, check: { run: [./check-token] } }
`,
    'shop/inventory/production':
      'thishost ansible_connection=local ansible_python_interpreter=/usr/bin/python3 ansible_become=false\n',
    'shop/check-token': '#!/bin/sh\ngrep -q secret-that-was-made\n',
  })
  const directory = join(root, 'shop')
  const manifest = join(directory, 'lockstep.yaml')
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('PLACE', root))
  chmodSync(join(directory, 'check-token'), 0o700)
  mkdirSync(join(root, 'opt'))
  const run = (args: readonly string[], typing: readonly (readonly [string, string])[] = []) => {
    const done = atTerminal(directory, { args, typing })
    assert.doesNotMatch(done.shown, /secret-(of|that|before)/)
    return done
  }
  assert.equal(run(['init'], [['not now', '^E']]).status, 0)
  assert.equal(run(['set', 'GITHUB_TOKEN'], [['GITHUB_TOKEN', 'secret-before']]).status, 0)
  const setup = run(['setup'])
  assert.equal(setup.status, 0, setup.shown)

  const refused = run(['rotate', 'GITHUB_TOKEN'], [['new value', 'secret-of-somebody']])
  assert.match(refused.shown, /the check of github does not accept the new value/)
  const done = run(['rotate', 'GITHUB_TOKEN'], [['new value', 'secret-that-was-made']])
  assert.equal(done.status, 0, done.shown)
  assert.match(done.shown, /make a token with the role reader\r\n.*the old one is ended by you: github\.com\/settings/)
  assert.match(atTerminal(directory, { args: ['get', 'GITHUB_TOKEN'] }).shown, /^secret-that-was-made\r\n$/)
})
