import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { fleetProject } from '../../../src/app/fleet/fleet-project.ts'
import { sealLedger } from '../../../src/app/fleet/ledger-store.ts'
import { rotationHistory } from '../../../src/app/rotate/rotation-history.ts'
import { emptyLedger, type Ledger } from '../../../src/core/fleet/ledger.ts'
import type { RotationHistory } from '../../../src/core/rotate/history.ts'
import { withCredentials, withPast, withRotation } from '../../../src/core/rotate/journal.ts'
import { deliveredTo, four, memoryFleet, playOver, type MemoryFleet } from '../../support/hosts-in-memory.ts'
import { projectIn, type TestProject } from '../../support/project.ts'
import { openCredential, openRotation } from '../../support/rotation.ts'

const past = (id: string, day: string): Parameters<typeof withPast>[1] => ({
  id,
  at: `2026-11-${day}T10:00:00Z`,
  ended: `2026-11-${day}T10:01:30Z`,
  by: 'anna@control (pid 7)',
  reason: 'quarterly',
  isEmergency: false,
  credentials: { aws: 'retired' },
  hosts: { host1: 'api reported' },
})

const ledger: Ledger = withRotation(
  withCredentials(
    withPast(withPast({ ...emptyLedger('shop', 'production'), revision: 4 }, past('a', '01')), past('b', '02')),
    [openCredential({ state: 'installed' })],
  ),
  openRotation({ reason: 'a leak' }),
)

interface Shop {
  readonly made: TestProject
  readonly fleet: MemoryFleet
}

const shop = async (t: TestContext, facts: Parameters<typeof four>[0] = deliveredTo): Promise<Shop> => {
  const made = await projectIn(t, { secrets: { aws: { AWS_KEY: 'a value' } }, files: { 'inventory/production': '' } })
  return { made, fleet: memoryFleet(four(facts)) }
}

/** As hosts keep it. */
const keep = async ({ made: { ports, open }, fleet }: Shop, hosts: readonly string[]): Promise<void> => {
  const sealed = new TextDecoder().decode(await sealLedger(await fleetProject(open()), ledger, ports.random))
  for (const name of hosts) {
    const host = fleet.hosts[name] ?? assert.fail(name)
    host.facts = { ...host.facts, ledger: sealed }
  }
}

const ask = ({ made: { ports, project }, fleet }: Shop, asked: string[] = []): Promise<RotationHistory> => {
  const own = { ...ports, fleet: { ...ports.fleet, run: playOver(fleet) } }
  return rotationHistory(own, project, { arguments: [], onHost: (host) => asked.push(host) })
}

suite('the history of rotations', () => {
  test('comes from the hosts that keep the ledger, and nobody else is asked', async (t) => {
    const one = await shop(t)
    await keep(one, ['host2'])
    const asked: string[] = []
    const found = await ask(one, asked)
    assert.deepEqual(asked.toSorted(), ['host1', 'host2', 'host3'])
    assert.deepEqual(found, {
      environment: 'production',
      isReached: true,
      open: {
        id: '12345678',
        at: '2026-01-01T00:00:00Z',
        by: 'me@here (pid 1)',
        reason: 'a leak',
        hosts: [],
        credentials: { aws: 'installed' },
      },
      rotations: [
        { ...past('b', '02'), took: 90_000 },
        { ...past('a', '01'), took: 90_000 },
      ],
      notes: ['rotation 12345678 (AWS_KEY) is half-done: lockstep rotate --resume, or lockstep rotate --abort'],
    })
    assert.doesNotMatch(JSON.stringify(found), /canary/)
  })

  test('is what was last seen from here where no host that keeps it answers, and says so', async (t) => {
    const one = await shop(t)
    await keep(one, ['host1'])
    await ask(one)
    for (const host of Object.values(one.fleet.hosts)) host.isDown = true
    const { isReached, rotations, notes } = await ask(one)
    assert.deepEqual([isReached, rotations.map(({ id }) => id)], [false, ['b', 'a']])
    assert.match(notes.join('\n'), /as last seen from here: no copy of the ledger came from host1, host2, host3/)
  })

  test('says that there must be one where hosts had deliveries and nobody has a copy', async (t) => {
    const { isReached, rotations, notes } = await ask(await shop(t))
    assert.deepEqual([isReached, rotations], [false, []])
    assert.match(notes.join('\n'), /the fleet's ledger was not reached: host1 has no copy/)
  })

  test('is empty where nothing was delivered yet', async (t) => {
    const { isReached, open, rotations, notes } = await ask(await shop(t, () => ({})))
    assert.deepEqual([isReached, open, rotations, notes], [true, null, [], []])
  })
})
