import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runProgram, type RunOptions, type RunPorts } from '../../../src/app/runtime/run.ts'
import { hasCode, type Code } from '../../../src/core/errors.ts'
import type { Program } from '../../../src/core/runtime/launcher.ts'
import { Secret } from '../../../src/core/secret.ts'
import { bytesOf } from '../../support/temporary.ts'
import { unusedPorts } from '../../support/unused-ports.ts'

const passwd = 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n'
const group = 'node:x:1000:\nssl:x:110:node\n'

interface Started {
  readonly ports: RunPorts
  readonly programs: Program[]
  readonly placed: string[]
}

const starting = (environment: Readonly<Record<string, string>> = { PATH: '/bin' }): Started => {
  const programs: Program[] = []
  const placed: string[] = []
  const ports: RunPorts = {
    files: { ...unusedPorts.files, read: async (path) => bytesOf(path === '/etc/passwd' ? passwd : group) },
    exec: { ...unusedPorts.exec, find: async (name) => (name === 'nope' ? null : `/usr/bin/${name}`) },
    machine: { ...unusedPorts.machine, environment },
    launcher: {
      place: async (directory, secrets) => {
        placed.push(...secrets.keys())
        return new Map([...secrets.keys()].map((name) => [name, `${directory}/${name}`]))
      },
      become: async (program) => {
        programs.push(program)
        return 3
      },
    },
  }
  return { ports, programs, placed }
}

const secretsOf = (values: Readonly<Record<string, string>>): Map<string, Secret> =>
  new Map(Object.entries(values).map(([name, value]) => [name, new Secret(value)]))

test('values become variables, the status is the program’s', async () => {
  const { ports, programs } = starting({ PATH: '/bin', LOCKSTEP_PASSWORD_FILE: '/p' })
  const status = await runProgram(ports, secretsOf({ API_KEY: 'v' }), { command: ['node', 'a.js', '--', '-x'] })
  assert.equal(status, 3)
  const [program] = programs
  assert.deepEqual({ ...program?.environment }, { PATH: '/bin', API_KEY: 'v' })
  assert.deepEqual([program?.path, program?.name, program?.args], ['/usr/bin/node', 'node', ['a.js', '--', '-x']])
  assert.equal(program?.identity, null)
})

test('with files, the environment holds paths and no value', async () => {
  const { ports, programs, placed } = starting({})
  await runProgram(ports, secretsOf({ API_KEY: 'canary' }), { command: ['x'], files: '/run/secrets' })
  assert.deepEqual(placed, ['API_KEY'])
  assert.deepEqual({ ...programs[0]?.environment }, { API_KEY_FILE: '/run/secrets/API_KEY' })
})

test('a user brings its groups and its names', async () => {
  const { ports, programs } = starting({ HOME: '/root' })
  await runProgram(ports, secretsOf({}), { command: ['x'], user: 'node' })
  assert.deepEqual(programs[0]?.identity?.groups, [1000, 110])
  assert.equal(programs[0]?.environment['HOME'], '/home/node')
  await runProgram(ports, secretsOf({}), { command: ['x'], user: '1000', pristine: true })
  assert.deepEqual({ ...programs[1]?.environment }, { HOME: '/home/node', USER: 'node', LOGNAME: 'node' })
})

const rows: readonly (readonly [string, Readonly<Record<string, string>>, Partial<RunOptions>, Code])[] = [
  ['no such program', {}, { command: ['nope'] }, 'NOT_FOUND'],
  ['a required secret that is not there', { A: 'v' }, { required: ['A', 'B'] }, 'NOT_FOUND'],
  ['a dangerous name', { LD_PRELOAD: 'v' }, {}, 'UNSAFE'],
  ['a dangerous name once it has its ending', { GIT_ASKPASS: 'v' }, { files: '/run/secrets' }, 'UNSAFE'],
  ['two secrets that would share a variable', { A: 'v', A_FILE: 'w' }, { files: '/run/secrets' }, 'CONFLICT'],
  ['a value with NUL', { A: 'canary\0' }, {}, 'CONFIG'],
  ['an unknown user', {}, { user: 'who' }, 'NOT_FOUND'],
]

test('what is refused is refused before anything is written or started', async () => {
  for (const [what, values, options, code] of rows) {
    const { ports, programs, placed } = starting()
    await assert.rejects(
      runProgram(ports, secretsOf(values), { command: ['x'], ...options }),
      (error) => hasCode(error, code) && !`${error.message}${error.hint}`.includes('canary'),
      what,
    )
    assert.deepEqual([programs, placed], [[], []], what)
  }
})

test('any byte fits into a file', async () => {
  const { ports, placed } = starting()
  await runProgram(ports, secretsOf({ A: 'canary\0' }), { command: ['x'], files: '/run/secrets' })
  assert.deepEqual(placed, ['A'])
})
