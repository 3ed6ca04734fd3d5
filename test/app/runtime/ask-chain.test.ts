import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askChain } from '../../../src/app/runtime/ask-chain.ts'
import { fail, hasCode } from '../../../src/core/errors.ts'
import type { Clock } from '../../../src/core/ports.ts'
import type { Answer, Provider } from '../../../src/core/runtime/provider.ts'
import { Secret } from '../../../src/core/secret.ts'
import { memoryProvider } from '../../../src/providers/memory.ts'

const clock: Clock = {
  now: () => 10_000,
  sleep: (_, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve())),
}
const answer = (fetchedAt = 10_000): Answer => ({ value: new Secret('pw'), version: '1', generation: 4, fetchedAt })
const holds = memoryProvider({ pw: answer() }, 'weak')
const lacks = memoryProvider({}, 'strong')
const down = memoryProvider({ pw: fail('UNAVAILABLE', 'down') }, 'strong')
const denies = memoryProvider({ pw: fail('DENIED', 'no') }, 'strong')
const attacked = memoryProvider({ pw: fail('TAMPERED', 'changed') }, 'strong')
const old = memoryProvider({ pw: answer(1_000) }, 'copy')
const link = (provider: Provider, rule: object = {}): { provider: Provider; ref: string } => ({
  provider,
  ref: 'pw',
  ...rule,
})

test('the first link that holds it answers, and who was passed over is told', async () => {
  const got = await askChain({ clock }, [link(lacks), link(holds)], { deadline: 1000 })
  assert.equal(got.provider, 'weak')
  assert.equal(got.generation, 4)
  assert.deepEqual(got.passed, [{ provider: 'strong', outcome: 'absent' }])
})

test('an outage is passed over only where the chain says so, and counted', async () => {
  await assert.rejects(askChain({ clock }, [link(down), link(holds)], { deadline: 1000 }), (e) =>
    hasCode(e, 'UNAVAILABLE'),
  )
  const got = await askChain({ clock }, [link(down, { passOutage: true }), link(holds)], { deadline: 1000 })
  assert.deepEqual(got.passed, [{ provider: 'strong', outcome: 'UNAVAILABLE' }])
})

test('refused or attacked links stop everything', async () => {
  for (const [provider, code] of [
    [denies, 'DENIED'],
    [attacked, 'TAMPERED'],
  ] as const) {
    const chain = [link(provider, { passOutage: true }), link(holds)]
    await assert.rejects(askChain({ clock }, chain, { deadline: 1000 }), (e) => hasCode(e, code))
  }
})

test('a link that must hold it may not deny it', async () => {
  const chain = [link(lacks, { mustHold: true, passOutage: true }), link(holds)]
  await assert.rejects(askChain({ clock }, chain, { deadline: 1000 }), (e) => hasCode(e, 'TAMPERED'))
})

test('a copy that is too old is refused', async () => {
  await assert.rejects(askChain({ clock }, [link(old, { maxStale: 500 })], { deadline: 1000 }), (e) =>
    hasCode(e, 'UNAVAILABLE'),
  )
  assert.equal((await askChain({ clock }, [link(old, { maxStale: 9_000 })], { deadline: 1000 })).provider, 'copy')
})

test('one deadline for the whole chain', async () => {
  const hangs: Provider = { name: 'slow', read: () => new Promise(() => {}) }
  const quick: Clock = { ...clock, sleep: async () => {} }
  await assert.rejects(askChain({ clock: quick }, [link(hangs)], { deadline: 5 }), (e) => hasCode(e, 'UNAVAILABLE'))
})

test('errors that are not ours are bugs and pass through', async () => {
  const broken: Provider = { name: 'x', read: () => Promise.reject(new TypeError('bug')) }
  await assert.rejects(askChain({ clock }, [link(broken)], { deadline: 5 }), TypeError)
})
