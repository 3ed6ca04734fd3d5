/** Nothing in the environment or the working directory makes the executable do anything else. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { builtExecutable } from '../support/built.ts'

const executable = builtExecutable()
const directory = mkdtempSync(join(tmpdir(), 'lockstep-steering-'))
after(() => rmSync(directory, { recursive: true }))
const evil = join(directory, 'evil.js')
writeFileSync(evil, `require('fs').writeFileSync(${JSON.stringify(join(directory, 'proof'))}, ''); console.log('evil')`)

const version = (environment: Record<string, string>, args: readonly string[] = ['--version']) => {
  const done = spawnSync(executable, args, { cwd: directory, env: environment, encoding: 'utf8', timeout: 10_000 })
  return { status: done.status, stdout: done.stdout, stderr: done.stderr, files: readdirSync(directory).sort() }
}

const plain = version({})

test('it works with an empty environment', () => {
  assert.equal(plain.status, 0)
  assert.match(plain.stdout, /^lockstep \d+\.\d+\.\d+\n$/)
  assert.equal(plain.stderr, '')
})

for (const [name, value] of [
  ['BUN_OPTIONS', `--preload ${evil}`],
  ['BUN_OPTIONS', `-e "console.log('evil')"`],
  ['BUN_INSPECT', '127.0.0.1:0'],
  ['BUN_INSPECT_PRELOAD', evil],
  ['BUN_INSPECT_NOTIFY', `unix://${join(directory, 'socket')}`],
  ['BUN_INSPECT_CONNECT_TO', `unix://${join(directory, 'socket')}`],
  ['BUN_BYTECODE_ORDER_OUT', join(directory, 'order')],
  ['BUN_JSC_dumpOptions', '2'],
  ['BUN_JSC_dumpGeneratedBytecodes', '1'],
  ['BUN_JSC_maxPerThreadStackUsage', '1'],
  ['JSC_dumpOptions', '2'],
  ['BUN_CONFIG_VERBOSE_FETCH', '1'],
  ['BUN_WATCHER_TRACE', join(directory, 'trace')],
  ['BUN_RUNTIME_TRANSPILER_CACHE_PATH', join(directory, 'cache')],
  ['NODE_OPTIONS', `--require ${evil}`],
  ['NODE_COMPILE_CACHE', join(directory, 'cache')],
  ['NODE_V8_COVERAGE', join(directory, 'coverage')],
  ['NODE_REDIRECT_WARNINGS', join(directory, 'warnings')],
  ['NODE_PATH', directory],
  ['', `--preload ${evil}`],
] as const) {
  test(`${name}=${value.replace(directory, '')} changes nothing`, () => {
    assert.deepEqual(version({ [name]: value }), plain)
  })
}

test('it does not become a bun', () => {
  const asked = version({ BUN_BE_BUN: '1' }, ['-e', "console.log('evil')"])
  assert.equal(asked.status, 2)
  assert.equal(asked.stdout, '')
  assert.deepEqual(asked.files, plain.files)
})

test('.env, bunfig.toml, tsconfig.json and package.json of the working directory change nothing', () => {
  const configured = ['.env', 'bunfig.toml', 'tsconfig.json', 'package.json']
  writeFileSync(join(directory, '.env'), `BUN_OPTIONS="--preload ${evil}"\nNO_COLOR=1\n`)
  writeFileSync(join(directory, 'bunfig.toml'), `preload = ["${evil}"]\n`)
  writeFileSync(join(directory, 'tsconfig.json'), '{"compilerOptions":{"paths":{"*":["./evil.js"]}}}')
  writeFileSync(join(directory, 'package.json'), '{"imports":{"#x":"./evil.js"},"type":"commonjs"')
  const here = version({})
  for (const file of configured) rmSync(join(directory, file))
  assert.deepEqual({ ...here, files: [] }, { ...plain, files: [] })
  assert.ok(!here.files.includes('proof'))
})
