import assert from 'node:assert/strict'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { DeliverOptions } from '../../../src/app/fleet/delivery-context.ts'
import {
  deliverTo,
  deliveredTo,
  enrolled,
  four,
  memoryFleet,
  outcomes,
  playBatch,
  shopWithOneSecret as project,
  unlinked,
} from '../../support/hosts-in-memory.ts'
import type { GivenHosts } from '../../support/hosts-in-memory.ts'
import type { TestProject } from '../../support/project.ts'
import { hostFacts } from '../../support/container.ts'
import { refusal } from '../../support/refusal.ts'

interface Case {
  readonly says: string
  readonly hosts: GivenHosts
  readonly down?: readonly string[]
  readonly options?: Partial<DeliverOptions>
  /** What the refusal says; null: the run goes on. */
  readonly refused: RegExp | null
}

const keepers = ['host1', 'host2', 'host3']

const cases: readonly Case[] = [
  { says: 'the very first set-up', hosts: four(() => ({})), options: { mode: 'setup' }, refused: null },
  {
    says: 'the very first set-up, or what looks like it, a keeper down',
    hosts: four(() => ({})),
    down: ['host2'],
    options: { mode: 'setup' },
    refused: /host1 has no copy, host2 did not answer, host3 has no copy/,
  },
  {
    says: 'no host of ours answers, every keeper down',
    hosts: four(() => ({})),
    down: keepers,
    options: { mode: 'setup', hosts: 'host4' },
    refused: /host1 did not answer, host2 did not answer, host3 did not answer/,
  },
  {
    says: 'a keeper that may not be asked',
    hosts: { ...four(() => ({})), host3: { variables: { lockstep_rung: 'cloud' } } },
    options: { mode: 'setup' },
    refused: /host1 has no copy, host2 has no copy, host3 could not be asked/,
  },
  {
    says: 'a first set-up that was cut off after the ids',
    hosts: { ...four(enrolled), host4: {} },
    options: { mode: 'setup' },
    refused: null,
  },
  {
    says: 'a first set-up that was cut off with a generation staged',
    hosts: four((host) => ({ ...enrolled(host), generations: [1] })),
    options: { mode: 'setup' },
    refused: null,
  },
  {
    says: 'the same, and a keeper down',
    hosts: four(enrolled),
    down: ['host2'],
    options: { mode: 'setup' },
    refused: /host1 has no copy, host2 did not answer, host3 has no copy/,
  },
  {
    says: 'every keeper down',
    hosts: four(deliveredTo),
    down: keepers,
    refused: /host1 did not answer, host2 did not answer, host3 did not answer/,
  },
  {
    says: 'every keeper down, one host asked for',
    hosts: four(deliveredTo),
    down: keepers,
    options: { hosts: 'host4' },
    refused: /host1 did not answer/,
  },
  { says: 'every copy deleted', hosts: four(deliveredTo), refused: /host1 has no copy, host2 has no copy/ },
  {
    says: 'every copy emptied',
    hosts: four((host) => ({ ...deliveredTo(host), ledger: '' })),
    refused: /host1 has no copy, host2 has no copy/,
  },
  {
    says: 'the keepers are gone, another host had deliveries',
    hosts: { ...four(() => ({})), host4: deliveredTo('host4') },
    options: { mode: 'setup' },
    refused: /host1 has no copy/,
  },
  {
    says: 'a new host, every keeper down',
    hosts: { ...four(deliveredTo), host4: {} },
    down: keepers,
    options: { mode: 'setup', hosts: 'host4' },
    refused: /host1 did not answer/,
  },
  {
    says: 'the directories are another project’s',
    hosts: four((host) => ({ identity: { project: 'other', environment: 'production', host, id: 'x' }, current: 1 })),
    refused: null,
  },
]

for (const { says, hosts, down = [], options = {}, refused } of cases) {
  test(`no ledger: ${says}: ${refused === null ? 'goes on' : 'refused'}`, async (t) => {
    const own = await project(t)
    const fleet = memoryFleet(hosts)
    for (const name of down) Object.assign(fleet.hosts[name] ?? {}, { isDown: true })
    if (refused === null) {
      const { notes } = await deliverTo(fleet, own, options)
      assert.doesNotMatch(notes.join('\n'), /ledger was not reached/)
      return
    }
    const error = await refusal('CONFLICT', deliverTo(fleet, own, options))
    assert.match(error.message, /^the fleet's ledger was not reached: /)
    assert.match(error.message, refused)
    assert.match(error.hint ?? '', new RegExp(`lockstep ${options.mode ?? 'deploy'} --without-ledger$`))
    assert.deepEqual(fleet.calls, [], 'nothing is changed')
    const told = await deliverTo(fleet, own, { ...options, withoutLedger: true })
    assert.match(told.notes.join('\n'), refused)
    assert.match(told.notes.join('\n'), /not checked: that each host is the machine that was set up/)
  })
}

test('--without-ledger says nothing where the ledger is reached', async (t) => {
  const own = await project(t)
  const fleet = memoryFleet(four(() => ({})))
  await deliverTo(fleet, own, { mode: 'setup' })
  forget(own)
  unlinked(fleet)
  const report = await deliverTo(fleet, own, { withoutLedger: true })
  assert.doesNotMatch(report.notes.join('\n'), /not reached|not checked/)
  assert.equal(report.revision, 2)
})

test('the ledger that a clone has seen stands in for keepers that are down', async (t) => {
  const own = await project(t)
  const fleet = memoryFleet(four(() => ({})))
  await deliverTo(fleet, own, { mode: 'setup' })
  forget(own)
  await deliverTo(fleet, own, { check: true })
  for (const name of keepers) Object.assign(fleet.hosts[name] ?? {}, { isDown: true })
  unlinked(fleet)
  assert.deepEqual(outcomes(await deliverTo(fleet, own, { hosts: 'host4' })), ['host4 delivered'])
  unlinked(fleet)
  // without a keeper it is written here, and the next delivery counts on
  assert.equal((await deliverTo(fleet, own, { hosts: 'host4' })).revision, 3)
  forget(own)
  await refusal('CONFLICT', deliverTo(fleet, own, { hosts: 'host4' }))
})

test('a clone that remembers too little goes on with the hosts that it knows', async (t) => {
  const own = await project(t)
  const fleet = memoryFleet({ ...four(() => ({})), host5: {} })
  await deliverTo(fleet, own, { mode: 'setup', hosts: 'host4' })
  for (const name of keepers) Object.assign(fleet.hosts[name] ?? {}, { isDown: true })
  // as if another clone had set it up
  Object.assign(fleet.hosts['host5'] ?? {}, { facts: hostFacts(deliveredTo('host5')) })
  unlinked(fleet)
  const { hosts } = await deliverTo(fleet, own)
  assert.deepEqual(
    hosts.slice(3).map(({ host, state }) => `${host} ${state}`),
    ['host4 delivered', 'host5 refused'],
  )
  assert.match(hosts[4]?.problem?.message ?? '', /what this clone remembers of it does not know this host/)
  assert.match(hosts[4]?.problem?.hint ?? '', /lockstep status when host1 or host2 or host3 answers/)
  const told = await deliverTo(fleet, own, { withoutLedger: true })
  assert.match(told.notes.join('\n'), /^host5: .*not checked: that each host/m)
  assert.equal(told.hosts[4]?.state, 'delivered')
})

test('a machine without an id, where a clone remembers too little, may stand in the place of one set up since', async (t) => {
  const own = await project(t)
  const fleet = memoryFleet({ ...four(() => ({})), host5: {} })
  await deliverTo(fleet, own, { mode: 'setup', hosts: 'host4' })
  for (const name of keepers) Object.assign(fleet.hosts[name] ?? {}, { isDown: true })
  const setUp = { mode: 'setup', hosts: 'host5' } as const
  const { hosts } = await deliverTo(fleet, own, setUp)
  assert.match(hosts[0]?.problem?.message ?? '', /what this clone remembers of it does not know this host/)
  assert.match(hosts[0]?.problem?.hint ?? '', /lockstep setup --without-ledger$/)
  const told = await deliverTo(fleet, own, { ...setUp, withoutLedger: true })
  assert.deepEqual(outcomes(told), ['host5 delivered'])
  assert.match(told.notes.join('\n'), /^host5: .*not checked: that each host/m)
})

test('setting up a new host while no keeper answers does not begin a ledger for the others', async (t) => {
  const own = await project(t)
  const fleet = memoryFleet({ ...four(deliveredTo), host5: {} })
  for (const name of keepers) Object.assign(fleet.hosts[name] ?? {}, { isDown: true })
  const first = await deliverTo(fleet, own, { mode: 'setup', hosts: 'host5', withoutLedger: true })
  assert.deepEqual(outcomes(first), ['host5 delivered'])
  assert.deepEqual(outcomes(await deliverTo(fleet, own, { hosts: 'host4' })), ['host4 refused'])
})

test('what is about to be done is written down here before any host is told', async (t) => {
  const own = await project(t)
  const fleet = memoryFleet(four(() => ({})))
  const here: boolean[] = []
  fleet.onCall = () => void here.push(existsSync(join(own.root, '.lockstep/ledger-production.vault')))
  // a host that keeps no ledger, and none that does: killed now, nobody else would know of it
  await deliverTo(fleet, own, { mode: 'setup', hosts: 'host4' })
  assert.deepEqual([...new Set(here)], [true])
  assert.deepEqual(outcomes(await deliverTo(fleet, own, { mode: 'setup' })).slice(0, 3), [
    'host1 delivered',
    'host2 delivered',
    'host3 delivered',
  ])
})

test('a ledger begun anew goes on counting from what most hosts have seen', async (t) => {
  const own = await project(t)
  const fleet = memoryFleet({
    ...four((host) => deliveredTo(host, 4711)),
    liar: deliveredTo('liar', 2 ** 30),
  })
  assert.equal((await deliverTo(fleet, own, { withoutLedger: true })).revision, 4712)
})

test('before there is a ledger no other host is changed until those that keep it have it', async (t) => {
  const own = await project(t)
  // in the inventory the keepers come last
  const fleet = memoryFleet(Object.fromEntries(Object.entries(four(() => ({}))).toReversed()))
  await deliverTo(fleet, own, { mode: 'setup' })
  const stages = fleet.calls.filter((call) => call.endsWith(' stage'))
  assert.deepEqual(stages.slice(0, 3).toSorted(), ['host1 stage', 'host2 stage', 'host3 stage'])
  assert.equal(stages[3], 'host4 stage')
})

test('a batch of a playbook without keepers is refused with what to type', async (t) => {
  const own = await project(t)
  const [said] = await playBatch(own, memoryFleet(four(deliveredTo)), ['host4'])
  assert.match(said ?? '', /^CONFLICT the fleet's ledger was not reached: host1 is not in this batch/)
  assert.match(said ?? '', /run lockstep status once from this clone, or take host1 or host2 or host3 into the batch/)
})

test('a batch of hosts to which nothing was ever delivered goes on', async (t) => {
  assert.deepEqual(await playBatch(await project(t), memoryFleet(four(enrolled)), ['host4']), [])
})

/** As a fresh clone is. */
const forget = (own: TestProject): void => rmSync(join(own.root, '.lockstep'), { recursive: true, force: true })
