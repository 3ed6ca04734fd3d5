import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { cacheHolders, cacheLedger, readLedger, sealLedger } from '../../../src/app/fleet/ledger-store.ts'
import { emptyLedger } from '../../../src/core/fleet/ledger.ts'
import { projectKeys } from '../../../src/crypto/fingerprint.ts'
import { shopWithOneSecret } from '../../support/hosts-in-memory.ts'

const clone = async (t: TestContext) => {
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
  return { root, ports, fleet, ledger }
}

/** A clone that saw host1 with revision 5 of the ledger, and a host that has revision 4 now. */
const seenNewer = async (t: TestContext) => {
  const { root, ports, fleet, ledger } = await clone(t)
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

test('a copy with the very bytes that are here counts as any other', async (t) => {
  const { ports, fleet, ledger } = await clone(t)
  const sealed = await sealLedger(fleet, ledger(4), ports.random)
  await cacheLedger(ports.files, fleet, sealed)
  const copies = new Map([
    ['host1', Buffer.from(sealed).toString()],
    ['host2', Buffer.from(await sealLedger(fleet, ledger(3), ports.random)).toString()],
    ['host3', 'no ledger'],
  ])
  const found = await readLedger(ports, fleet, copies)
  assert.equal(found.ledger.revision, 4)
  assert.deepEqual([found.upToDate, found.unreadable], [['host1'], ['host3']])
})

test('one under a former key counts only where nothing is under the one in force, though its bytes are here', async (t) => {
  const { ports, fleet, ledger } = await clone(t)
  const former = await sealLedger(fleet, ledger(4), ports.random)
  await cacheLedger(ports.files, fleet, former)
  const renewed = { ...fleet, keys: { ...projectKeys(new Uint8Array(32).fill(1)), former: [fleet.keys] } }
  const copies = new Map([['host1', Buffer.from(former).toString()]])
  const alone = await readLedger(ports, renewed, copies)
  assert.deepEqual([alone.ledger.revision, alone.upToDate], [4, []])
  copies.set('host2', Buffer.from(await sealLedger(renewed, ledger(3), ports.random)).toString())
  assert.deepEqual((await readLedger(ports, renewed, copies)).unreadable, ['host1'])
})
