import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Report } from '../../src/cli/command.ts'
import { interruptible } from '../../src/cli/interruptible.ts'
import { refusal } from '../support/refusal.ts'

const listening = (): { readonly said: string[]; readonly report: Report } => {
  const said: string[] = []
  const report: Report = Object.assign((line: string) => void said.push(line), {
    host: (name: string, state: string) => void said.push(`${name} ${state}`),
    always: (line: string) => void said.push(line),
  })
  return { said, report }
}

test('a signal ends the work on the hosts with one line, once a host was heard of', async () => {
  const { said, report } = listening()
  const stop = new AbortController()
  const work = interruptible({ report, signal: stop.signal }, 'some hosts may have switched', (onHost) => {
    onHost('host1', 'is looked at')
    onHost('host2', 'is looked at')
    return new Promise(() => undefined)
  })
  stop.abort(2)
  assert.equal((await refusal('UNAVAILABLE', work)).message, 'interrupted')
  assert.deepEqual(said, ['host1 is looked at', 'host2 is looked at', 'interrupted: some hosts may have switched'])
})

test('before that nobody takes the signals over; what the work gives or throws is passed on', async () => {
  const { said, report } = listening()
  const call = {
    report,
    get signal(): AbortSignal {
      return assert.fail('the signals were taken over')
    },
  }
  assert.equal(await interruptible(call, 'x', async () => 7), 7)
  await assert.rejects(
    interruptible(call, 'x', () => Promise.reject(new Error('broken'))),
    /^Error: broken$/,
  )
  assert.deepEqual(said, [])
})
