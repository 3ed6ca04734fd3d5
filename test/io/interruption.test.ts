import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'

const source = new URL('../../src/io/interruption.ts', import.meta.url).href
const script = `
  const { listenForInterruption } = await import(${JSON.stringify(source)})
  const signal = listenForInterruption()
  setInterval(() => {}, 1000)
  signal.addEventListener('abort', () => console.log(signal.reason))
  console.log('ready')`

test('the first signal aborts, the second ends the process', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    lines.push(text.trim())
    child.kill(lines.length === 1 ? 'SIGTERM' : 'SIGINT')
  })
  const ended = await new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)))
  assert.deepEqual({ lines, ended }, { lines: ['ready', '15'], ended: 'SIGINT' })
})
