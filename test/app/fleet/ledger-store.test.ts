import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { cacheHolders, cacheLedger, readLedger, sealLedger } from '../../../src/app/fleet/ledger-store.ts'
import { emptyLedger } from '../../../src/core/fleet/ledger.ts'
import { shopWithOneSecret } from '../../support/hosts-in-memory.ts'

/** A clone that saw host1 with revision 5 of the ledger, and a host that has revision 4 now. */
const seenNewer = async (t: TestContext) => {
  const { project, ports, open } = await shopWithOneSecret(t)
  const { manifest, environment, root } = project
  const { password, keys } = open()
  const fleet = {
    ...project,
    password,
    keys: await keys(),
    log: null,
    state: join(root, '.lockstep'),
    groups: [],
    secrets: [],
  }
  const ledger = (revision: number) => ({ ...emptyLedger(manifest.project, environment), revision })
  await cacheLedger(ports.files, fleet, await sealLedger(fleet, ledger(4), ports.random))
  await cacheHolders(ports.files, fleet, 5, ['host1'])
  const onHost = Buffer.from(await sealLedger(fleet, ledger(4), ports.random)).toString()
  return {
    path: join(root, '.lockstep/ledger-production.hosts'),
    read: async () => (await readLedger(ports, fleet, new Map([['host1', onHost]]))).isRolledBack,
  }
}

test('what this clone noted of the hosts counts', async (t) => {
  assert.equal(await (await seenNewer(t)).read(), true)
})

test('a note of hosts that came with the files counts for nothing', async (t) => {
  const { path, read } = await seenNewer(t)
  const { mac }: { readonly mac: string } = JSON.parse(readFileSync(path, 'utf8'))
  for (const text of [
    JSON.stringify({ revision: 999, hosts: ['host1'], mac }),
    JSON.stringify({ revision: 999, hosts: ['host1'], mac: '' }),
    JSON.stringify({ revision: 999, hosts: ['host1'] }),
    '[]',
    'x',
  ]) {
    writeFileSync(path, text)
    assert.equal(await read(), false, text)
  }
})
