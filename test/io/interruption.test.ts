import assert from 'node:assert/strict'
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

const source = new URL('../../src/io/interruption.ts', import.meta.url).href
const script = `
  const { listenForInterruption } = await import(${JSON.stringify(source)})
  const signal = listenForInterruption()
  setInterval(() => {}, 1000)
  signal.addEventListener('abort', () => console.log(signal.reason))
  console.log('ready')`

const started = (): ChildProcessByStdio<null, Readable, null> =>
  spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })

test('the first signal aborts, a later one ends the process', async () => {
  const child = started()
  const lines: string[] = []
  child.stdout.setEncoding('utf8').on('data', async (text: string) => {
    lines.push(text.trim())
    if (lines.length === 2) await sleep(300)
    child.kill(lines.length === 1 ? 'SIGTERM' : 'SIGINT')
  })
  const ended = await new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)))
  assert.deepEqual({ lines, ended }, { lines: ['ready', '15'], ended: 'SIGINT' })
})

test('two at once are one, as timeout(1) sends its own to the process and again to its group', async () => {
  const child = started()
  const lines: string[] = []
  await new Promise<void>((resolve) =>
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      lines.push(text.trim())
      if (lines.length === 2) return resolve()
      child.kill('SIGTERM')
      child.kill('SIGHUP')
    }),
  )
  await sleep(300)
  assert.ok(['15', '1'].includes(lines[1] ?? ''), lines.join())
  assert.deepEqual([lines.length, child.exitCode, child.signalCode], [2, null, null])
  child.kill('SIGTERM')
  assert.equal(await new Promise((resolve) => child.on('close', (_, signal) => resolve(signal))), 'SIGTERM')
})
