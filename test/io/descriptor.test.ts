import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { test } from 'node:test'
import { openDescriptor } from '../../src/io/descriptor.ts'

const source = new URL('../../src/io/descriptor.ts', import.meta.url).href
const writes = (what: string): string =>
  `const { openDescriptor } = await import(${JSON.stringify(source)}); await openDescriptor(1).write(${what})`

test('a large output arrives whole through a pipe whose reader is slow', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', writes('new Uint8Array(3_000_000)')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((resolve) => setTimeout(resolve, 300))
  let size = 0
  for await (const chunk of child.stdout) size += Buffer.from(chunk).length
  assert.equal(size, 3_000_000)
})

test('a reader that has gone away is not an error', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', writes('new Uint8Array(3_000_000)')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.destroy()
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const status = await new Promise((resolve) => child.on('close', resolve))
  assert.deepEqual({ status, said }, { status: 0, said: '' })
})

test('a file and /dev/null are no terminals', () => {
  assert.equal(openDescriptor(openSync('/dev/null', 'w')).isTerminal, false)
  assert.equal(openDescriptor(openSync(new URL(import.meta.url), 'r')).isTerminal, false)
  assert.equal(openDescriptor(9999).isTerminal, false)
})
