import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporary } from '../support/temporary.ts'

const source = new URL('../../src/io/scratch.ts', import.meta.url).href

/** Runs these words in a process whose private directories lie below `parent`. */
const inProcess = (parent: string, words: string): string => {
  const code = `import { scratch } from ${JSON.stringify(source)}\n${words}`
  const env = { PATH: process.env['PATH'], XDG_RUNTIME_DIR: parent }
  const done = spawnSync(process.execPath, ['--input-type=module', '-e', code], { env, encoding: 'utf8' })
  return done.stdout.trim()
}

const made = 'const { path, remove } = await scratch.directory()\n'

test('a directory that only we can enter, and that goes again', (t) => {
  const parent = temporary(t)
  const path = inProcess(parent, `${made}console.log(path)`)
  assert.equal(statSync(path).mode & 0o777, 0o700)
  inProcess(parent, `${made}await remove()`)
  assert.deepEqual(readdirSync(parent), [])
})

test('what a killed process left is removed by the next one; what is not known to be that stays', (t) => {
  const parent = temporary(t, { 'lockstep-abcdef/notes': '', 'lockstep-fedcba/owner': 'nobody' })
  inProcess(parent, `${made}process.kill(process.pid, 'SIGKILL')`)
  const [left = ''] = readdirSync(parent).filter((name) => !/abcdef|fedcba/.test(name))
  const own = join(parent, left)
  assert.ok(existsSync(join(own, 'owner')))
  const other = inProcess(parent, `${made}console.log(path)`)
  assert.ok(!existsSync(own))
  const alive = { pid: process.pid, start: '0', host: 'elsewhere', boot: 'x' }
  writeFileSync(join(other, 'owner'), JSON.stringify(alive))
  inProcess(parent, `${made}await remove()`)
  assert.deepEqual(readdirSync(parent).length, 3)
})
