import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'
import { startFleet, startProject } from '../support/fleet.ts'
import type { FleetProject, TestFleet } from '../support/fleet.ts'

/** Everything below /opt on a host that a write would change: names, kinds, owners, modes, inodes, times. */
const snapshot = (fleet: TestFleet, host: number): string =>
  fleet.at(host, 'find /opt -printf "%p %y %u %m %i %T@ %C@ %l\\n" | sort')

const current = (fleet: TestFleet, host: number): string => fleet.at(host, 'readlink /opt/shop/current').trim()

suite('delivery to real hosts', { concurrency: false }, () => {
  let fleet: TestFleet
  let project: FleetProject

  before(async () => {
    fleet = startFleet({ hosts: 3, net: 91 })
    project = await startProject(fleet, 'project: shop\n', {
      aws: { AWS_ACCESS_KEY_ID: 'AKIA-of-test', AWS_SECRET_ACCESS_KEY: "it's a $ecret `with` everything" },
      db: { DB_PASSWORD: 'pg-pass' },
    })
  })
  after(() => {
    project.remove()
    fleet.down()
  })

  test('deploy before setup is refused host by host, and nothing is written', async () => {
    const { value } = await ended(8, project.json(['deploy']))
    assert.deepEqual(states(value), ['refused', 'refused', 'refused'])
    assert.equal(fleet.at(1, 'ls /opt'), '')
  })

  test('setup --check writes nothing', async () => {
    const { value } = await ended(0, project.json(['setup', '--check']))
    assert.deepEqual(states(value), ['planned', 'planned', 'planned'])
    assert.equal(fleet.at(1, 'ls /opt'), '')
  })

  test('setup gives each host an id and its first generation', async () => {
    const { value } = await ended(0, project.json(['setup']))
    assert.deepEqual(states(value), ['delivered', 'delivered', 'delivered'])
    const ids = [1, 2, 3].map((host) => fleet.at(host, 'cat /opt/shop/host.json'))
    assert.equal(new Set(ids).size, 3)
  })

  test('the paths, modes and owners are those of the guide, and real ansible-vault opens the files', () => {
    const facts = fleet.at(
      1,
      'cd /opt/shop && stat -Lc "%n %a %U" vault-password secrets secrets/all-secrets.env secrets/aws.env secrets/db.env',
    )
    assert.equal(
      facts,
      [
        'vault-password 600 root',
        'secrets 700 root',
        'secrets/all-secrets.env 600 root',
        'secrets/aws.env 600 root',
        'secrets/db.env 600 root',
        '',
      ].join('\n'),
    )
    const text = fleet.at(1, 'cd /opt/shop && ansible-vault view --vault-password-file vault-password secrets/aws.env')
    assert.match(text, /^AWS_ACCESS_KEY_ID=AKIA-of-test$/m)
    const union = fleet.at(
      1,
      'cd /opt/shop && ansible-vault view --vault-password-file vault-password secrets/all-secrets.env',
    )
    assert.match(union, /^DB_PASSWORD=pg-pass$/m)
  })

  test('every host has a password of its own, and no two files share a salt', () => {
    const passwords = [1, 2, 3].map((host) => fleet.at(host, 'cat /opt/shop/vault-password'))
    assert.equal(new Set(passwords).size, 3)
    const salts = [1, 2, 3].flatMap((host) =>
      fleet.at(host, 'cd /opt/shop/secrets && for f in *.env; do sed -n 2p $f | cut -c1-64; done').trim().split('\n'),
    )
    assert.equal(new Set(salts).size, salts.length)
  })

  test('a second setup and a deploy in step write nothing anywhere', async () => {
    const before = [1, 2, 3].map((host) => snapshot(fleet, host))
    for (const verb of ['setup', 'deploy', 'status', 'audit']) {
      const { status } = await project.json([verb])
      assert.equal(status, 0, verb)
    }
    assert.deepEqual(
      [1, 2, 3].map((host) => snapshot(fleet, host)),
      before,
    )
  })

  test('deploy --check after a change writes nothing, and its plan is the one that --expect runs', async () => {
    await project.lockstep(['set', 'DB_PASSWORD'], { input: 'pg-pass-2' })
    const before = snapshot(fleet, 2)
    const { value } = await project.json(['deploy', '--check'])
    assert.deepEqual(states(value), ['planned', 'planned', 'planned'])
    assert.equal(snapshot(fleet, 2), before)
    await ended(8, project.json(['deploy', '--expect', '00000000']))
    assert.equal(snapshot(fleet, 2), before)
    const same = await ended(0, project.json(['deploy', '--expect', String(value['plan'])]))
    assert.deepEqual(states(same.value), ['delivered', 'delivered', 'delivered'])
    assert.deepEqual(
      [1, 2, 3].map((host) => current(fleet, host)),
      Array(3).fill('generations/2'),
    )
  })

  test('--hosts, --limit and -l reach only those hosts', async () => {
    await project.lockstep(['set', 'DB_PASSWORD'], { input: 'pg-pass-3' })
    for (const [index, flag] of ['--hosts', '--limit', '-l'].entries()) {
      const { value } = await ended(0, project.json(['deploy', flag, `host${index + 1}`]))
      assert.deepEqual(states(value), ['delivered'])
    }
    const { value } = await ended(2, project.json(['deploy', '--hosts', 'nobody']))
    assert.match(JSON.stringify(value), /no host or group nobody in the inventory/)
    const typo = await ended(2, project.json(['deploy', '--hosts', 'all:!hots1']))
    assert.match(JSON.stringify(typo.value), /no host or group hots1 in the inventory; did you mean host1\?/)
    const inventory = readFileSync(fleet.inventory, 'utf8')
    project.write('inventory/production', `${inventory}\n[retired]\n`)
    assert.deepEqual(states((await ended(0, project.json(['deploy', '--hosts', 'host1:!retired']))).value), ['kept'])
    project.write('inventory/production', inventory)
  })

  test('a clone that is behind the fleet is refused, and goes back only where it is told to', async () => {
    const stale = project.clone()
    await project.lockstep(['set', 'DB_PASSWORD'], { input: 'pg-pass-4' })
    await ended(0, project.json(['deploy']))
    const before = snapshot(fleet, 1)
    const refused = await ended(8, stale.json(['deploy']))
    assert.match(JSON.stringify(refused.value), /behind the fleet: DB_PASSWORD/)
    assert.equal(snapshot(fleet, 1), before)
    const back = await ended(0, stale.json(['deploy', '--roll-back', 'DB_PASSWORD']))
    assert.deepEqual(states(back.value), ['delivered', 'delivered', 'delivered'])
    await ended(0, project.json(['deploy']))
    stale.remove()
  })

  test('a value of one host reaches that host alone', async () => {
    await project.lockstep(['set', 'DB_PASSWORD', '--group', 'db', '--host', 'host2'], { input: 'only-on-two' })
    const { value } = await project.json(['deploy'])
    assert.deepEqual(states(value), ['kept', 'delivered', 'kept'])
    const view = 'cd /opt/shop && ansible-vault view --vault-password-file vault-password secrets/db.env'
    assert.match(fleet.at(2, view), /only-on-two/)
    assert.doesNotMatch(fleet.at(1, view), /only-on-two/)
  })

  test('a host that is down is named, the rest finish, and the next run brings it up', async () => {
    fleet.stop(3)
    await project.lockstep(['set', 'AWS_ACCESS_KEY_ID'], { input: 'AKIA-2' })
    const { value } = await ended(10, project.json(['deploy', '--', '-T', '3']))
    assert.deepEqual(states(value), ['delivered', 'delivered', 'unreachable'])
    fleet.start(3)
    const again = await ended(0, project.json(['deploy']))
    assert.deepEqual(states(again.value), ['kept', 'kept', 'delivered'])
  })

  test('a full disk leaves the old generation in force', async () => {
    fleet.at(
      2,
      'mkdir /srv/keep && cp -a /opt/shop /srv/keep/ && mount -t tmpfs -o size=300k,mode=755 tmpfs /opt && cp -a /srv/keep/shop /opt/',
    )
    fleet.statusAt(2, 'dd if=/dev/zero of=/opt/fill bs=1k count=400 2>/dev/null')
    await project.lockstep(['set', 'AWS_ACCESS_KEY_ID'], { input: 'AKIA-3' })
    const was = current(fleet, 2)
    const { value } = await ended(10, project.json(['deploy']))
    assert.deepEqual(states(value), ['delivered', 'failed', 'delivered'])
    assert.match(JSON.stringify(value), /disk is full/)
    assert.equal(current(fleet, 2), was)
    fleet.at(2, 'umount /opt; rm -r /srv/keep')
    assert.deepEqual(states((await project.json(['deploy'])).value), ['kept', 'delivered', 'kept'])
  })

  test('a read-only disk and a missing Python are named', async () => {
    fleet.at(1, 'mount --bind /opt /opt && mount -o remount,ro,bind /opt')
    fleet.at(3, 'mv /usr/bin/python3 /usr/bin/python3.away')
    await project.lockstep(['set', 'AWS_ACCESS_KEY_ID'], { input: 'AKIA-4' })
    const { status, value } = await project.json(['deploy'])
    const text = JSON.stringify(value)
    fleet.at(1, 'umount /opt')
    fleet.at(3, 'mv /usr/bin/python3.away /usr/bin/python3')
    assert.equal(status, 10)
    assert.deepEqual(states(value), ['refused', 'delivered', 'refused'])
    assert.match(text, /read-only/)
    assert.match(text, /no Python 3/)
    await ended(0, project.json(['deploy']))
  })

  test('a changed host key: nothing is sent, and the hint says what to do', async () => {
    fleet.at(
      2,
      'ssh-keygen -q -t ed25519 -N "" -f /tmp/k && cp /tmp/k /etc/ssh/ssh_host_ed25519_key; kill -HUP $(cat /run/sshd.pid)',
    )
    await project.lockstep(['set', 'AWS_ACCESS_KEY_ID'], { input: 'AKIA-5' })
    const was = current(fleet, 2)
    const { value } = await ended(10, project.json(['deploy'], { env: noSharedConnections }))
    assert.deepEqual(states(value), ['delivered', 'refused', 'delivered'])
    assert.match(JSON.stringify(value), /host key/)
    assert.equal(current(fleet, 2), was)
    fleet.at(2, 'cp /run/seed/hostkey /etc/ssh/ssh_host_ed25519_key; kill -HUP $(cat /run/sshd.pid)')
    await ended(0, project.json(['deploy'], { env: noSharedConnections }))
  })

  test('two hosts whose addresses were swapped get nothing of each other', async (t) => {
    const inventory = fleetInventory(fleet)
    const swapped = inventory
      .replace('host1 ansible_host=10.91.0.11', 'host1 ansible_host=10.91.0.99')
      .replace('host2 ansible_host=10.91.0.12', 'host2 ansible_host=10.91.0.11')
      .replace('10.91.0.99', '10.91.0.12')
    t.after(() => project.write('inventory/production', inventory))
    project.write('inventory/production', swapped)
    await project.lockstep(['set', 'AWS_ACCESS_KEY_ID'], { input: 'AKIA-6' })
    const before = [1, 2].map((host) => snapshot(fleet, host))
    const { value } = await ended(10, project.json(['deploy']))
    assert.deepEqual(states(value), ['refused', 'refused', 'delivered'])
    assert.match(JSON.stringify(value), /another machine answers/)
    assert.deepEqual(
      [1, 2].map((host) => snapshot(fleet, host)),
      before,
    )
    project.write('inventory/production', inventory)
    await ended(0, project.json(['deploy']))
  })

  test('a directory of another project is refused', async () => {
    const other = await startProject(fleet, 'project: other\ndirectory: /opt/shop\n', { aws: { A: 'b' } })
    const before = snapshot(fleet, 1)
    const { value } = await ended(8, other.json(['setup']))
    assert.match(JSON.stringify(value), /belongs to shop/)
    assert.equal(snapshot(fleet, 1), before)
    other.remove()
  })

  test('an old generation put back is seen by status, audit and deploy', async () => {
    const was = current(fleet, 1)
    const old = fleet
      .at(1, 'ls /opt/shop/generations')
      .trim()
      .split('\n')
      .find((name) => `generations/${name}` !== was)
    fleet.at(1, `ln -sfn generations/${old} /opt/shop/current`)
    assert.match(JSON.stringify((await project.json(['status'])).value), /somebody put it back/)
    const audit = await ended(9, project.json(['audit']))
    assert.match(JSON.stringify(audit.value), /ROLLED_BACK/)
    await ended(7, project.json(['deploy', '--hosts', 'host1']))
    await ended(0, project.json(['deploy', '--hosts', 'host1', '--accept-rolled-back']))
    await ended(0, project.json(['audit']))
  })

  test('a ledger put back on the hosts is seen from here', async () => {
    for (const host of [1, 2, 3]) fleet.at(host, 'cp -p /opt/shop/ledger/ledger.vault /root/old-ledger')
    await project.lockstep(['set', 'AWS_ACCESS_KEY_ID'], { input: 'AKIA-7' })
    await ended(0, project.json(['deploy']))
    for (const host of [1, 2, 3]) fleet.at(host, 'cp -p /root/old-ledger /opt/shop/ledger/ledger.vault')
    const refused = await ended(7, project.json(['deploy']))
    assert.match(JSON.stringify(refused.value), /older than the one seen from here/)
    await ended(0, project.json(['deploy', '--accept-rolled-back']))
  })

  test('a mixed or changed generation is not whole, and a delivery makes it whole', async () => {
    fleet.at(2, 'cd /opt/shop/current/secrets && cp aws.env db.env')
    assert.match(JSON.stringify((await project.json(['audit'])).value), /CHANGED db\.env/)
    const { value } = await project.json(['deploy'])
    assert.deepEqual(states(value), ['kept', 'delivered', 'kept'])
    fleet.at(2, 'head -c 32 /dev/urandom | base64 > /opt/shop/current/vault-password')
    assert.match(JSON.stringify((await project.json(['audit'])).value), /BAD_MAC/)
    assert.deepEqual(states((await project.json(['deploy'])).value), ['kept', 'delivered', 'kept'])
  })

  test('audit finds loose modes, foreign owners, links and leftovers', async () => {
    fleet.at(
      3,
      'cd /opt/shop && chmod 644 current/secrets/aws.env && chmod 620 current/secrets/db.env && chown nobody current/vault-password && cp current/secrets/aws.env aws.env.bak && chmod 750 generations && rm vault-password',
    )
    const { value } = await ended(9, project.json(['audit', '--hosts', 'host3']))
    const text = JSON.stringify(value)
    for (const id of [
      'WORLD-READABLE',
      'GROUP-WRITABLE',
      'NON-ROOT-OWNER',
      'WRONG-MODE',
      'UNKNOWN-FILE',
      'KEY-REMAINS',
    ]) {
      assert.match(text, new RegExp(id))
    }
    assert.match(JSON.stringify((await project.json(['status', '--hosts', 'host3'])).value), /KEY-REMAINS/)
    const before = snapshot(fleet, 3)
    const checked = await ended(9, project.json(['audit', '--hosts', 'host3', '--fix', '--check']))
    assert.deepEqual(mendedStates(checked.value), Array(4).fill('planned'))
    assert.equal(snapshot(fleet, 3), before)
    const fixed = await ended(9, project.json(['audit', '--hosts', 'host3', '--fix']))
    assert.deepEqual(mendedStates(fixed.value), Array(4).fill('mended'))
    assert.doesNotMatch(
      JSON.stringify(fixed.value['findings']),
      /WORLD-READABLE.*secrets|GROUP-WRITABLE|NON-ROOT|WRONG-MODE/,
    )
    const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10)
    const accepted = ['--accept', 'UNKNOWN-FILE', '--until', until, '--reason', 'compared with the one before']
    const judged = await ended(9, project.json(['audit', '--hosts', 'host3', ...accepted]))
    assert.doesNotMatch(JSON.stringify(judged.value['findings']), /UNKNOWN-FILE/)
    assert.match(JSON.stringify(judged.value['accepted']), /UNKNOWN-FILE.*compared with/)
    fleet.at(3, 'rm -f /opt/shop/aws.env.bak')
    await ended(0, project.json(['deploy', '--hosts', 'host3']))
    await ended(0, project.json(['audit', '--hosts', 'host3']))
  })

  test('sudo instead of root', async () => {
    for (const host of [1, 2, 3]) fleet.at(host, 'echo "deploy ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/deploy')
    const inventory = fleetInventory(fleet)
    project.write('inventory/production', inventory.replace('ansible_user=root', 'ansible_user=deploy'))
    await project.lockstep(['set', 'AWS_ACCESS_KEY_ID'], { input: 'AKIA-8' })
    const refused = await project.json(['deploy'])
    assert.notEqual(refused.status, 0)
    assert.match(JSON.stringify(refused.value), /become/)
    await ended(0, project.json(['deploy', '--', '--become']))
    project.write('inventory/production', inventory)
    await ended(0, project.json(['deploy']))
  })
})

type Answer = Awaited<ReturnType<FleetProject['json']>>

/** The answer, once its exit status is the one expected. */
const ended = async (status: number, running: Promise<Answer>): Promise<Answer> => {
  const answer = await running
  assert.equal(answer.status, status, JSON.stringify(answer.value))
  return answer
}

const noSharedConnections = { ANSIBLE_SSH_ARGS: '-o ControlMaster=no -o ControlPath=none' }

const fleetInventory = (fleet: TestFleet): string => readFileSync(fleet.inventory, 'utf8')

const mendedStates = ({ mended }: Record<string, unknown>): unknown[] => {
  if (!Array.isArray(mended)) throw new Error('nothing about mending')
  return mended.map((one: { readonly state: unknown }) => one.state)
}

const states = (value: Record<string, unknown>): unknown[] => {
  const { hosts } = value
  if (!Array.isArray(hosts)) throw new Error(`no hosts in ${JSON.stringify(value)}`)
  return hosts.map((one: { readonly state: unknown }) => one.state)
}
