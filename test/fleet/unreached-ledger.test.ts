/** Deliveries while no host that keeps the ledger can be reached, or none of them has it any more; and what befalls one
 *  host that keeps none. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'
import { startFleet, startProject } from '../support/fleet.ts'
import type { FleetProject, TestFleet } from '../support/fleet.ts'
import { startPlayer } from '../support/playbook.ts'
import { type Disturbance, endProcess, itAndDescendants, ourProgram, disturbable } from './standstill.ts'

const keepers = [1, 2, 3]
const hosts = [...keepers, 4]

const playbook = `- name: Deploy
  hosts: all
  gather_facts: false
  roles:
    - lockstep.secrets.deploy
`

suite('the ledger out of reach', { concurrency: false }, () => {
  let fleet: TestFleet
  let project: FleetProject
  let value = 0

  before(async () => {
    fleet = startFleet({ hosts: hosts.length, net: 92 })
    project = await startProject(fleet, 'project: shop\n', { aws: { AWS_KEY: 'one' } })
  })
  after(() => {
    project.remove()
    fleet.down()
  })

  const idOf = (host: number): string => fleet.at(host, 'cat /opt/shop/host.json')
  const snapshot = (): string =>
    hosts.map((host) => fleet.at(host, 'find /opt -printf "%p %y %u %m %i %T@ %C@ %l\\n" | sort')).join('')

  const ended = async (
    status: number,
    from: FleetProject,
    args: readonly string[],
  ): Promise<Readonly<Record<string, unknown>>> => {
    const answer = await from.json(args)
    assert.equal(answer.status, status, JSON.stringify(answer.value))
    return answer.value
  }

  const change = async (): Promise<void> => {
    const { status, stderr } = await project.lockstep(['set', 'AWS_KEY'], { input: `value-${value++}` })
    assert.equal(status, 0, stderr)
  }

  /** What each of them would have typed. */
  const refusedFrom = async (from: FleetProject, args: readonly string[], says: RegExp): Promise<void> => {
    const was = snapshot()
    const text = JSON.stringify(await ended(8, from, args))
    assert.match(text, /the fleet's ledger was not reached: /)
    assert.match(text, says)
    assert.match(text, /lockstep deploy --without-ledger/)
    assert.equal(snapshot(), was)
  }

  test('a first setup that was killed after the ids, before any ledger: another clone goes on', async () => {
    const disturber = disturbable(fleet, project, hosts)
    // the first call looks, the second gives the id, the third takes the lease before anything else
    const lease: Disturbance = { call: 3, step: { call: 'renameat', count: 1, shown: 'the lease' }, how: 'still' }
    for (const host of keepers) disturber.disturb(host, lease)
    let [isOver, pid] = [false, 0]
    const running = project.lockstep(['setup'], { onStart: (own) => (pid = own) }).finally(() => (isOver = true))
    await Promise.all(keepers.map((host) => disturber.standsStill(host, lease, () => isOver)))
    for (const one of itAndDescendants(pid, ourProgram)) endProcess(one)
    for (const host of keepers) disturber.kill(host)
    await running
    for (const host of hosts) disturber.calm(host)
    project.write('inventory/production', readFileSync(fleet.inventory, 'utf8'))
    for (const host of hosts) {
      assert.equal(fleet.at(host, 'ls /opt/shop/generations'), '', `host${host} has its id and nothing else`)
      assert.equal(fleet.statusAt(host, '[ -e /opt/shop/ledger/ledger.vault ]'), 1)
    }
    const ids = hosts.map(idOf)
    const clone = project.clone()
    const { hosts: done } = await ended(0, clone, ['setup'])
    assert.deepEqual(states(done), ['delivered', 'delivered', 'delivered', 'delivered'])
    assert.deepEqual(hosts.map(idOf), ids)
    clone.remove()
    assert.deepEqual(states((await ended(0, project, ['deploy']))['hosts']), Array(4).fill('kept'))
  })

  test('a fresh clone while every keeper is down is refused, one that has looked before is not', async () => {
    const [fresh, knowing] = [project.clone(), project.clone()]
    await ended(0, knowing, ['status'])
    for (const host of keepers) fleet.stop(host)
    const words = /host1 did not answer, host2 did not answer, host3 did not answer/
    for (const args of [['deploy'], ['deploy', '--check'], ['deploy', '--hosts', 'host4']]) {
      const text = JSON.stringify(await ended(8, fresh, [...args, '--', '-T', '3']))
      assert.match(text, words)
      assert.match(text, /lockstep deploy --without-ledger/)
    }
    assert.match(JSON.stringify(await ended(10, fresh, ['status', '--', '-T', '3'])), /not checked: that each host/)
    assert.match(JSON.stringify(await ended(10, fresh, ['audit', '--', '-T', '3'])), /"ledger".*not checked: that each/)
    const one = await ended(0, knowing, ['deploy', '--hosts', 'host4', '--', '-T', '3'])
    assert.deepEqual(states(one['hosts']), ['kept'])
    const told = await ended(10, fresh, ['deploy', '--without-ledger', '--', '-T', '3'])
    assert.match(JSON.stringify(told['notes']), words)
    assert.match(JSON.stringify(told['notes']), /not checked: that each host is the machine that was set up/)
    for (const host of keepers) fleet.start(host)
    // what the keepers knew of each other is not lost by what was written without them
    await ended(0, fresh, ['deploy'])
    await ended(0, project, ['deploy'])
    assert.doesNotMatch(JSON.stringify(await ended(0, project, ['audit'])), /NOT-RECORDED|ROLLED_BACK|WRONG-HOST/)
    for (const each of [fresh, knowing]) each.remove()
  })

  for (const [what, done] of [
    ['deleted', 'rm /opt/shop/ledger/ledger.vault'],
    ['emptied', ': > /opt/shop/ledger/ledger.vault'],
  ] as const) {
    test(`every keeper’s copy ${what}: a fresh clone is refused, and the override writes it anew`, async () => {
      for (const host of keepers) fleet.at(host, done)
      const fresh = project.clone()
      for (const more of [[], ['--hosts', 'host4'], ['--check']]) {
        await refusedFrom(fresh, ['deploy', ...more], /host1 has no copy, host2 has no copy, host3 has no copy/)
      }
      const told = await ended(0, fresh, ['deploy', '--without-ledger'])
      assert.match(JSON.stringify(told['notes']), /host1 has no copy.*not checked: that each host/)
      const other = project.clone()
      assert.deepEqual(states((await ended(0, other, ['deploy']))['hosts']), Array(4).fill('kept'))
      await ended(0, project, ['deploy'])
      for (const each of [fresh, other]) each.remove()
    })
  }

  test('a clone that has seen it brings deleted copies back', async () => {
    for (const host of keepers) fleet.at(host, 'rm /opt/shop/ledger/ledger.vault')
    assert.doesNotMatch(JSON.stringify(await ended(0, project, ['deploy'])), /not reached|not checked/)
    for (const host of keepers) assert.equal(fleet.statusAt(host, '[ -s /opt/shop/ledger/ledger.vault ]'), 0)
  })

  test('a batch of a playbook without keepers: refused from a fresh clone, until that has looked', async () => {
    const player = startPlayer(fleet)
    const fresh = project.clone()
    fresh.write('playbooks/api-deploy.yml', playbook)
    const was = snapshot()
    const refused = await player.play(fresh, ['playbooks/api-deploy.yml', '--limit', 'host4'])
    assert.equal(refused.hosts['host4']?.failed, 1, refused.stdout)
    assert.match(refused.stdout, /host1 is not in this batch/)
    assert.match(refused.stdout, /run lockstep status once from this clone, or take host1 or host2 or host3 into/)
    assert.equal(snapshot(), was)
    await ended(0, fresh, ['status'])
    const played = await player.play(fresh, ['playbooks/api-deploy.yml', '--limit', 'host4'])
    assert.equal(played.status, 0, played.stdout)
    assert.equal(played.hosts['host4']?.changed, 0)
    fresh.remove()
    player.remove()
  })

  test('a run that holds a host which keeps no ledger holds up that host alone', async () => {
    await change()
    const lease = { run: 'a1b2c3d4'.repeat(4), holder: 'alice@laptop (pid 7)', until: inSeconds(300), fence: 1 }
    const kept = fleet.at(4, 'cat /opt/shop/ledger/lease.json')
    fleet.at(4, `echo '${JSON.stringify(lease)}' > /opt/shop/ledger/lease.json`)
    const some = await ended(10, project, ['deploy'])
    assert.deepEqual(states(some['hosts']), ['delivered', 'delivered', 'delivered', 'refused'])
    assert.match(JSON.stringify(some['hosts']), /it is held by alice@laptop.*--take-over a1b2c3d4/)
    fleet.at(4, `echo '${kept}' > /opt/shop/ledger/lease.json`)
    assert.deepEqual(states((await ended(0, project, ['deploy']))['hosts']), ['kept', 'kept', 'kept', 'delivered'])
  })

  test('a host whose inventory variables are wrong is refused by name, the rest finish', async () => {
    await change()
    const inventory = readFileSync(fleet.inventory, 'utf8')
    project.write('inventory/production', inventory.replace(/^(host4 .*)$/m, '$1 lockstep_direktory=/srv'))
    const some = await ended(10, project, ['deploy'])
    assert.deepEqual(states(some['hosts']), ['delivered', 'delivered', 'delivered', 'refused'])
    assert.match(
      JSON.stringify(some['hosts']),
      /unknown inventory variable lockstep_direktory; did you mean lockstep_directory/,
    )
    const status = await ended(10, project, ['status'])
    assert.deepEqual(states(status['hosts']), ['in step', 'in step', 'in step', 'problem'])
    project.write('inventory/production', inventory)
    await ended(0, project, ['deploy'])
  })

  test('a host that claims a newer version in a manifest which nobody vouches for is made whole', async () => {
    fleet.at(4, `sed -i 's/"version": *[0-9][0-9]*/"version":9999/' /opt/shop/current/secrets/manifest.json`)
    assert.match(JSON.stringify(await ended(9, project, ['audit'])), /BAD_MAC/)
    assert.deepEqual(states((await ended(0, project, ['deploy']))['hosts']), ['kept', 'kept', 'kept', 'delivered'])
    // a clone that is behind is refused by what the ledger says of it
    const stale = project.clone()
    await change()
    await ended(0, project, ['deploy'])
    fleet.at(4, `sed -i 's/"version": *[0-9][0-9]*/"version":1/' /opt/shop/current/secrets/manifest.json`)
    assert.match(JSON.stringify(await ended(8, stale, ['deploy', '--hosts', 'host4'])), /behind the fleet: AWS_KEY/)
    stale.remove()
    await ended(0, project, ['deploy'])
  })

  test('a host that left the inventory is named until it is cleaned up and forgotten', async () => {
    const inventory = readFileSync(fleet.inventory, 'utf8')
    project.write('inventory/production', inventory.replace(/^host4 .*\n/m, ''))
    const status = await ended(10, project, ['status'])
    assert.deepEqual(states(status['hosts']), ['in step', 'in step', 'in step'])
    assert.match(JSON.stringify(status['notes']), /host4: still holds generation/)
    const said = JSON.stringify((await ended(9, project, ['audit']))['findings'])
    const [, there = 'false', here = ''] =
      /"on host4, as root: (.*?); when.*?: lockstep (deploy --forget host4)"/.exec(said) ?? []
    fleet.at(4, there)
    assert.equal(fleet.statusAt(4, 'test -e /opt/shop'), 1)
    assert.deepEqual(states((await ended(0, project, here.split(' ')))['hosts']), ['kept', 'kept', 'kept'])
    const fresh = project.clone()
    await ended(0, fresh, ['status'])
    fresh.remove()
    await ended(0, project, ['audit'])
    project.write('inventory/production', inventory)
    assert.deepEqual(states((await ended(0, project, ['setup']))['hosts']), ['kept', 'kept', 'kept', 'delivered'])
  })
})

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds

const states = (found: unknown): readonly unknown[] => {
  if (!Array.isArray(found)) throw new Error(`no hosts: ${JSON.stringify(found)}`)
  return found.map((one: { readonly state: unknown }) => one.state)
}
