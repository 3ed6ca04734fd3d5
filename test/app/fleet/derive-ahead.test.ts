import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { deriveAhead } from '../../../src/app/fleet/derive-ahead.ts'
import { fleetProject } from '../../../src/app/fleet/fleet-project.ts'
import { cacheLedger, sealLedger } from '../../../src/app/fleet/ledger-store.ts'
import type { LedgerHost } from '../../../src/core/fleet/ledger.ts'
import { emptyLedger } from '../../../src/core/fleet/ledger.ts'
import { projectIn } from '../../support/project.ts'

const host = (...delivered: readonly Readonly<Record<string, number>>[]): LedgerHost => ({
  id: 'id',
  current: delivered.length,
  generations: delivered.map((secrets, index) => ({
    number: index + 1,
    id: 'generation',
    revision: 1,
    at: '2026-01-01T00:00:00Z',
    state: 'used',
    secrets,
  })),
})

/** What the ledger that was last seen says of hosts, and how many of them are taken for behind. A and B have version 1. */
const table: readonly (readonly [string, Readonly<Record<string, LedgerHost>>, number])[] = [
  ['no host', {}, 0],
  ['a host without a delivery', { a: host() }, 0],
  ['hosts that have everything', { a: host({ A: 1, B: 1 }), b: host({ B: 1 }) }, 0],
  ['hosts of which two lack a version', { a: host({ A: 0, B: 1 }), b: host({ B: 0 }), c: host({ A: 1 }) }, 2],
  ['a host whose last delivery counts', { a: host({ A: 0 }, { A: 1 }), b: host({ A: 1 }, { A: 0 }) }, 1],
  ['secrets that are gone, and newer ones', { a: host({ GONE: 3, A: 9 }) }, 0],
]

for (const [what, hosts, expected] of table) {
  test(`keys are derived for hosts that are behind: ${what}`, async (t) => {
    const { project, ports, open } = await projectIn(t, { secrets: { one: { A: 'a' }, two: { B: 'b' } } })
    const own = await fleetProject(open())
    const ledger = { ...emptyLedger(project.manifest.project, project.environment), hosts }
    await cacheLedger(ports.files, own, await sealLedger(own, ledger, ports.random))
    const asked: (readonly number[])[] = []
    const passwords = {
      take: () => assert.fail('nothing is sealed'),
      ahead: async (...counts: readonly number[]) => void asked.push(counts),
    }
    await deriveAhead(ports, own, passwords)
    assert.deepEqual(asked, [[expected, 3]])
  })
}

test('a ledger that does not open is said by whoever needs it', async (t) => {
  const { project, ports, open } = await projectIn(t, { secrets: { one: { A: 'a' } } })
  const own = await fleetProject(open())
  await ports.files.makeDirectory(own.state)
  writeFileSync(join(own.state, `ledger-${project.environment}.vault`), 'nothing of the kind')
  const passwords = { take: () => assert.fail('nothing is sealed'), ahead: async () => undefined }
  await deriveAhead(ports, own, passwords)
})
