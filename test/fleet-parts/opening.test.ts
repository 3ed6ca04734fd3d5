import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fail } from '../../src/core/errors.ts'
import type { Channel } from '../../src/core/links.ts'
import { take } from '../../src/fleet/opening.ts'

const channel = (receive: Channel['receive']): Channel & { readonly log: unknown[] } => {
  const log: unknown[] = []
  return {
    log,
    receive,
    send: async (message) => void log.push(message),
    close: () => void log.push('closed'),
  }
}

const broken = (): Promise<never> => Promise.reject(fail('TAMPERED', 'a file was swapped', { at: 'secrets/app.env' }))

test('a task learns why there is no session, after its greeting', async () => {
  const task = channel(async () => ({ say: 'hello' }))
  await take(broken(), task)
  assert.deepEqual(task.log, [
    { do: 'done', failed: true, code: 'TAMPERED', message: 'secrets/app.env: a file was swapped' },
    'closed',
  ])
})

test('a task that is gone before it said a word breaks nothing', async () => {
  const task = channel(() => Promise.reject(new Error('premature close')))
  await take(broken(), task)
  assert.deepEqual(task.log, ['closed'])
})
