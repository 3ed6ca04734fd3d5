import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { HostFacts } from '../../../src/core/fleet/host-facts.ts'
import {
  deliverTo,
  enrolled,
  four,
  memoryFleet,
  outcomes,
  playBatch,
  shopWithOneSecret as project,
} from '../../support/hosts-in-memory.ts'
import { hostFacts } from '../../support/container.ts'
import { projectIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'

const held: HostFacts['lease'] = { run: 'a1b2c3d4'.repeat(4), holder: 'alice@laptop (pid 7)', until: 300, fence: 0 }

test('a host that another run holds is refused, the others are delivered to', async (t) => {
  const own = await project(t)
  const fleet = memoryFleet({ ...four(enrolled), host4: { ...enrolled('host4'), lease: held } })
  const report = await deliverTo(fleet, own)
  assert.deepEqual(outcomes(report), ['host1 delivered', 'host2 delivered', 'host3 delivered', 'host4 refused'])
  const { problem } = report.hosts[3] ?? assert.fail()
  assert.match(problem?.message ?? '', /^it is held by alice@laptop \(pid 7\) until \S+Z \(for 5 more minutes\)$/)
  assert.match(problem?.hint ?? '', /lockstep deploy --take-over a1b2c3d4/)
  assert.deepEqual(
    fleet.calls.filter((call) => call.startsWith('host4')),
    [],
  )
  const taken = await deliverTo(fleet, own, { takeOver: 'a1b2c3d4', hosts: 'host4' })
  assert.deepEqual(outcomes(taken), ['host4 delivered'])
})

test('a host that keeps the ledger is the lock of the fleet', async (t) => {
  const fleet = memoryFleet({ ...four(enrolled), host2: { ...enrolled('host2'), lease: held } })
  for (const hosts of [null, 'host4']) {
    const error = await refusal('CONFLICT', deliverTo(fleet, await project(t), { hosts }))
    assert.equal(error.at, 'host2')
    assert.match(error.message, /^it is held by alice@laptop/)
  }
  assert.deepEqual(fleet.calls, [])
})

const incredible: readonly (readonly [string, Partial<NonNullable<HostFacts['lease']>>])[] = [
  ['a run that is none', { run: '$(reboot)' }],
  ['a run that begins like one', { run: 'a1b2c3d4;reboot' }],
  ['a run in capitals', { run: 'A1B2C3D4'.repeat(4) }],
  ['a run that is too long', { run: 'a1b2c3d4'.repeat(5) }],
  ['a time in 2057', { until: 2_750_000_000 }],
  ['a time just beyond what is taken', { until: 661 }],
]

for (const [says, wrong] of incredible) {
  test(`a host that keeps the ledger and shows ${says} as its lease holds up itself alone`, async (t) => {
    const own = await project(t)
    const fleet = memoryFleet({ ...four(enrolled), host2: { ...enrolled('host2'), lease: { ...held, ...wrong } } })
    const { hosts } = await deliverTo(fleet, own)
    assert.deepEqual(
      hosts.map(({ host, state }) => `${host} ${state}`),
      ['host1 delivered', 'host2 refused', 'host3 delivered', 'host4 delivered'],
    )
    const { code, message, hint } = hosts[1]?.problem ?? assert.fail()
    assert.equal(code, 'TAMPERED')
    assert.match(hint ?? '', /rm \/opt\/shop\/ledger\/lease\.json, as root$/)
    assert.doesNotMatch(`${message} ${hint}`, /reboot|take-over|a1b2|alice/i)
    assert.deepEqual(
      fleet.calls.filter((call) => call.startsWith('host2')),
      [],
    )
  })
}

test('a lease that is over or runs just as long as one may holds up nobody, or everybody', async (t) => {
  const rows: readonly (readonly [Partial<NonNullable<HostFacts['lease']>>, boolean])[] = [
    [{ run: 'no run at all', until: 0 }, true],
    [{ run: null, until: 2_750_000_000 }, true],
    [{ until: 600 }, false],
    [{ until: 660 }, false],
  ]
  for (const [lease, goesOn] of rows) {
    const fleet = memoryFleet({ ...four(enrolled), host2: { ...enrolled('host2'), lease: { ...held, ...lease } } })
    const delivery = deliverTo(fleet, await project(t))
    if (goesOn) assert.equal(outcomes(await delivery)[1], 'host2 delivered')
    else assert.match((await refusal('CONFLICT', delivery)).hint ?? '', /--take-over a1b2c3d4$/)
  }
})

test('a run that is known to be dead is taken over, however long it says that it runs', async (t) => {
  const lease = { ...held, until: 2_750_000_000 }
  const fleet = memoryFleet({ ...four(enrolled), host2: { ...enrolled('host2'), lease } })
  assert.equal(outcomes(await deliverTo(fleet, await project(t), { takeOver: 'a1b2c3d4' }))[1], 'host2 delivered')
})

test('a host whose inventory variables are wrong is refused by name, the others are delivered to', async (t) => {
  const rows: readonly [Readonly<Record<string, unknown>>, RegExp][] = [
    [{ lockstep_rungg: 'host' }, /^unknown inventory variable lockstep_rungg/],
    [{ lockstep_directory: '{{ x }}' }, /lockstep_directory is a template/],
    [{ lockstep_rung: 'cloud' }, /the rung cloud is not there yet/],
  ]
  for (const [variables, says] of rows) {
    const fleet = memoryFleet({ ...four(enrolled), host4: { ...enrolled('host4'), variables } })
    const { hosts } = await deliverTo(fleet, await project(t))
    assert.deepEqual(
      hosts.map(({ host, state }) => `${host} ${state}`),
      ['host1 delivered', 'host2 delivered', 'host3 delivered', 'host4 refused'],
    )
    assert.equal(hosts[3]?.problem?.code, 'CONFIG')
    assert.match(hosts[3]?.problem?.message ?? '', says)
    assert.deepEqual(
      fleet.calls.filter((call) => call.startsWith('host4')),
      [],
    )
  }
})

test('in a playbook such a host fails, and its variables are named', async (t) => {
  const hosts = { ...four(enrolled), host4: { ...enrolled('host4'), variables: { lockstep_x: 1 } } }
  const said = await playBatch(await project(t), memoryFleet(hosts), ['host1', 'host2', 'host3', 'host4'])
  assert.equal(said.length > 0, true)
  for (const line of said) assert.match(line, /^CONFIG unknown inventory variable lockstep_x/)
})

test('where nothing is given to anybody, or to those that were named, nothing is in step either', async (t) => {
  const nothing = await refusal('CONFIG', deliverTo(memoryFleet(four(enrolled)), await projectIn(t)))
  assert.match(nothing.message, /^no host is given anything/)
  const manifest = 'project: shop\ncontainers: { api: { hosts: host1, groups: [aws], systemd: api.service } }\n'
  const own = await projectIn(t, { manifest, secrets: { aws: { AWS_KEY: 'a value' } } })
  const { message, hint } = await refusal('USAGE', deliverTo(memoryFleet(four(enrolled)), own, { hosts: 'host4' }))
  assert.equal(message, 'nothing is given to host4: no container of lockstep.yaml runs there')
  assert.equal(hint, 'hosts that are given something: host1')
})

test('a name in --hosts that is no host and no group is refused, whatever else the pattern names', async (t) => {
  const own = await project(t)
  for (const hosts of ['host1,hots2', 'hots2']) {
    const { message, hint } = await refusal('USAGE', deliverTo(memoryFleet(four(enrolled)), own, { hosts }))
    assert.match(message, /no host or group hots2 in the inventory; did you mean host2\?$/)
    assert.equal(hint, 'hosts: host1, host2, host3, host4')
  }
})

test('a host that left is named by every delivery until it is forgotten', async (t) => {
  const own = await project(t)
  const fleet = memoryFleet({ ...four(enrolled), host5: enrolled('host5') })
  await deliverTo(fleet, own)
  const { host5, ...rest } = fleet.hosts
  assert.equal(host5?.facts.current, 1)
  const smaller = { ...fleet, hosts: rest }
  const left =
    /^host5: still holds generation \d and is given nothing any more: on host5, as root: .* rm -r \/opt\/shop; /
  const named = (notes: readonly string[]): boolean => notes.some((note) => left.test(note))
  assert.equal(named((await deliverTo(fleet, own)).notes), false)
  assert.equal(named((await deliverTo(smaller, own)).notes), true)
  assert.equal((await refusal('USAGE', deliverTo(smaller, own, { forget: ['host4'] }))).at, 'host4')
  const checked = await deliverTo(smaller, own, { forget: ['host5'], check: true })
  assert.equal((await deliverTo(smaller, own, { check: true })).plan === checked.plan, false)
  const forgotten = await deliverTo(smaller, own, { forget: ['host5'], expect: checked.plan })
  assert.equal(named(forgotten.notes), false)
  assert.equal(named((await deliverTo(smaller, own)).notes), false)
  assert.equal((await refusal('USAGE', deliverTo(smaller, own, { forget: ['host5'] }))).at, 'host5')
})

test('the directory to remove is the one that was delivered to, whatever lockstep.yaml says since', async (t) => {
  const own = await project(t)
  const variables = { lockstep_directory: '/srv/own' }
  const hosts = four((host) => enrolled(host))
  const fleet = memoryFleet({ ...hosts, host5: { ...enrolled('host5'), variables } })
  await deliverTo(fleet, own)
  const { host5, ...rest } = fleet.hosts
  assert.equal(host5?.facts.current, 1)
  for (const manifest of ['project: shop\n', 'project: shop\ndirectory: /home\n']) {
    writeFileSync(join(own.root, 'lockstep.yaml'), manifest)
    const { notes } = await deliverTo({ ...fleet, hosts: rest }, own, { check: true })
    const note = notes.find((one) => one.startsWith('host5: ')) ?? assert.fail(notes.join('\n'))
    assert.match(note, / as root: test -f \/srv\/own\/host\.json && .* && rm -r \/srv\/own; /)
    assert.doesNotMatch(note, /home|opt/)
  }
})

test('a plan names declared secrets without a value', async (t) => {
  const manifest = 'project: shop\ngroups: { aws: { keys: [AWS_KEY, AWS_KEY_ID] } }\n'
  const own = await projectIn(t, { manifest, secrets: { aws: { AWS_KEY: 'a value' } } })
  const { notes } = await deliverTo(memoryFleet(four(enrolled)), own, { check: true })
  assert.ok(notes.includes('group aws: AWS_KEY_ID has no value: lockstep create'), notes.join('\n'))
})

test('a host that does not answer is not said to be looked at, and what brings it up is said', async (t) => {
  for (const mode of ['setup', 'deploy'] as const) {
    const fleet = memoryFleet(four(enrolled))
    Object.assign(fleet.hosts['host4'] ?? assert.fail(), { isDown: true })
    const said: string[] = []
    const onHost = (host: string, state: string): void => void said.push(`${host} ${state}`)
    const { hosts } = await deliverTo(fleet, await project(t), { mode, onHost })
    assert.equal(hosts[3]?.state, 'unreachable')
    assert.equal(hosts[3]?.problem?.hint, `when it is back: lockstep ${mode} --hosts host4`)
    assert.ok(said.includes('host1 is looked at'))
    assert.deepEqual(
      said.filter((line) => line.startsWith('host4')),
      ['host4 does not answer'],
    )
  }
})

test('a machine without an id in the place of a host gets nothing, whatever is typed but its name', async (t) => {
  const own = await project(t)
  const fleet = memoryFleet(four(() => ({})))
  await deliverTo(fleet, own, { mode: 'setup' })
  Object.assign(fleet.hosts['host4'] ?? assert.fail(), { facts: hostFacts() })
  fleet.calls.length = 0
  for (const mode of ['setup', 'deploy'] as const) {
    for (const more of [{}, { hosts: 'host4' }, { replaceFiles: true }, { withoutLedger: true }]) {
      const { hosts } = await deliverTo(fleet, own, { mode, ...more })
      const found = hosts.find(({ host }) => host === 'host4')
      assert.equal(found?.problem?.code, 'UNSAFE')
      assert.match(found?.problem?.hint ?? '', /lockstep setup --again host4$/)
    }
  }
  assert.deepEqual(
    fleet.calls.filter((call) => call.startsWith('host4')),
    [],
  )
  const slip = await refusal('USAGE', deliverTo(fleet, own, { mode: 'setup', again: ['hots4'] }))
  assert.match(slip.message, /not among those to set up; did you mean host4\?$/)
  const others = await refusal('USAGE', deliverTo(fleet, own, { mode: 'setup', hosts: 'host1', again: ['host4'] }))
  assert.equal(others.at, 'host4')
  const told = await deliverTo(fleet, own, { mode: 'setup', again: ['host4'] })
  assert.equal(outcomes(told)[3], 'host4 delivered')
  assert.match(told.notes.join('\n'), /^host4: set up again: /m)
  // its new id is the one that counts from now on, and the word is needed once
  const next = await deliverTo(fleet, own)
  assert.notEqual(outcomes(next)[3], 'host4 refused')
  assert.doesNotMatch(next.notes.join('\n'), /set up again/)
})

test('a first setup that was cut off before an id was given goes on from there', async (t) => {
  const own = await project(t)
  const fleet = memoryFleet(four(() => ({})))
  fleet.onCall = (call) => {
    if (call.startsWith('host4')) throw new Error('killed')
  }
  await assert.rejects(deliverTo(fleet, own, { mode: 'setup' }), /killed|broke/)
  fleet.onCall = () => undefined
  assert.equal(outcomes(await deliverTo(fleet, own, { mode: 'setup' }))[3], 'host4 delivered')
})
