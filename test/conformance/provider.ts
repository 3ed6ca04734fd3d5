import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Provider } from '../../src/core/runtime/provider.ts'

/** What every provider must do. `held` is a ref it holds with the value `canary-value`, `lacking` one it does not. */
export const providerConformance = (
  name: string,
  setUp: () => Promise<{ readonly provider: Provider; readonly held: string; readonly lacking: string }>,
): void => {
  const signal = new AbortController().signal

  test(`${name}: gives what it holds, with where and when`, async () => {
    const { provider, held } = await setUp()
    const answer = await provider.read(held, { signal })
    assert.equal(provider.name, name)
    assert.equal(answer?.value.reveal(), 'canary-value')
    assert.ok(Number.isSafeInteger(answer?.fetchedAt))
  })

  test(`${name}: null for what is not here`, async () => {
    const { provider, lacking } = await setUp()
    assert.equal(await provider.read(lacking, { signal }), null)
  })

  test(`${name}: an answer does not print its value`, async () => {
    const { provider, held } = await setUp()
    const answer = await provider.read(held, { signal })
    assert.equal(JSON.stringify(answer).includes('canary'), false)
  })
}
