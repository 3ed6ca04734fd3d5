import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startFleet, startProject } from '../support/fleet.ts'
import type { FleetProject, TestFleet } from '../support/fleet.ts'
import { newestAnsible, startPlayer } from '../support/playbook.ts'
import type { Played, Player } from '../support/playbook.ts'

const all = [1, 2, 3]
const names = all.map((host) => `host${host}`)

const playOf = (lines: readonly string[], tasks: string): string =>
  ['- name: Deploy the API', '  hosts: all', '  gather_facts: false', ...lines.map((line) => `  ${line}`), tasks].join(
    '\n',
  )

const role = '  roles:\n    - lockstep.secrets.deploy\n'

/** Everything below /opt on a host that a write would change. */
const snapshot = (fleet: TestFleet): string =>
  all.map((host) => fleet.at(host, 'find /opt -printf "%p %y %u %m %i %T@ %C@ %l\\n" | sort')).join('')

const counts = (played: Played, what: 'changed' | 'failed' | 'unreachable'): readonly (number | undefined)[] =>
  names.map((name) => played.hosts[name]?.[what])

const said = ({ stdout, stderr }: Played): string => `${stdout}\n${stderr}`

/** What the access log has of deliveries by a playbook. */
const served = ({ directory }: FleetProject): readonly string[] =>
  readFileSync(join(directory, '.lockstep/access.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): { command: string; result: string; names: { hosts?: readonly string[] } } => JSON.parse(line))
    .filter(({ command }) => command === 'serve')
    .map(({ result, names }) => `${result} ${(names.hosts ?? []).join(' ')}`)

suite('a playbook of the user’s, by itself', { concurrency: false }, () => {
  let fleet: TestFleet
  let project: FleetProject
  let player: Player

  const play = (
    args: readonly string[] = [],
    env: Readonly<Record<string, string | undefined>> = {},
  ): Promise<Played> => player.play(project, ['playbooks/api-deploy.yml', ...args], { env })

  const change = async (value: string): Promise<void> => {
    const { status, stderr } = await project.lockstep(['set', 'API_KEY', '--group', 'api'], { input: value })
    assert.equal(status, 0, stderr)
  }

  const current = (host: number): string => fleet.at(host, 'readlink /opt/shop/current').trim()

  before(async () => {
    fleet = startFleet({ hosts: 3, net: 78 })
    player = startPlayer(fleet)
    project = await startProject(fleet, 'project: shop\n', { api: { API_KEY: 'one', OTHER: 'stays' } })
    project.write('playbooks/api-deploy.yml', playOf([], role))
  })
  after(() => {
    project.remove()
    player.remove()
    fleet.down()
  })

  test('hosts that are not set up are named with the command that does it', async () => {
    const played = await play()
    assert.deepEqual(counts(played, 'failed'), [1, 1, 1], said(played))
    assert.match(said(played), /is not set up yet; lockstep setup --hosts host1/)
    assert.equal(fleet.at(1, 'ls /opt'), '')
    assert.equal((await project.lockstep(['setup'])).status, 0)
  })

  test('the first run delivers, the second changes nothing, on both versions of Ansible', async () => {
    await change('two')
    const before = served(project).length
    const first = await play()
    assert.equal(first.status, 0, said(first))
    assert.deepEqual(all.map(current), ['generations/2', 'generations/2', 'generations/2'])
    const ends = ['done host1', 'done host2', 'done host3']
    assert.deepEqual(served(project).slice(before).toSorted(), ['begun ', 'begun host1 host2 host3', ...ends])
    const untouched = snapshot(fleet)
    for (const programs of ['/usr/bin', newestAnsible()]) {
      const second = await player.play(project, ['playbooks/api-deploy.yml'], { programs })
      assert.equal(second.status, 0, said(second))
      assert.deepEqual(counts(second, 'changed'), [0, 0, 0], said(second))
    }
    assert.equal(snapshot(fleet), untouched)
    const { stdout } = await project.lockstep(['deploy'])
    assert.match(stdout, /all 3 hosts in step, nothing changed/)
  })

  test('it finds the collection by the project’s ansible.cfg alone', async () => {
    project.write('ansible.cfg', '[defaults]\ncollections_path = .lockstep/collections\n')
    const played = await play([], { ANSIBLE_COLLECTIONS_PATH: undefined })
    assert.equal(played.status, 0, said(played))
    assert.deepEqual(counts(played, 'changed'), [0, 0, 0])
  })

  const nothingIsLeft = async (): Promise<void> => {
    const left = (): readonly string[] => readdirSync(join(player.home, 'run/lockstep-0'))
    for (let tries = 0; tries < 50 && left().length > 0; tries++) await pause(100)
    assert.deepEqual(left(), [])
  }

  test('nothing of ours runs or lies about when the playbook has ended', nothingIsLeft)

  for (const seconds of [1.5, 2.5, 3.5]) {
    test(`killed after ${seconds} s: every host has the old or the new, and the next run need not wait`, async () => {
      await change(`killed after ${seconds}`)
      const options = { killAfter: seconds }
      await player.play(project, ['playbooks/api-deploy.yml', '--forks', '1'], options)
      await nothingIsLeft()
      for (const host of all) {
        const text = fleet.at(
          host,
          'cd /opt/shop && ansible-vault view --vault-password-file vault-password secrets/api.env',
        )
        assert.match(text, /^API_KEY=/m)
      }
      const again = await play()
      assert.equal(again.status, 0, said(again))
      assert.equal(fleet.at(1, `grep -c '"run":null' /opt/shop/ledger/lease.json`).trim(), '1')
    })
  }

  test('--check --diff shows names and versions, and writes nothing', async () => {
    await change('three-is-the-value')
    const untouched = snapshot(fleet)
    const played = await play(['--check', '--diff'])
    assert.equal(played.status, 0, said(played))
    assert.match(played.stdout, /-API_KEY version \d+\n\+API_KEY version \d+/)
    assert.doesNotMatch(said(played), /three-is-the-value|OTHER/)
    assert.deepEqual(counts(played, 'changed'), [2, 2, 2])
    assert.equal(snapshot(fleet), untouched)
  })

  test('--tags stage puts the new generation beside the old one, --tags switch switches to that', async () => {
    const before = all.map(current)
    const staged = await play(['--tags', 'stage'])
    assert.deepEqual(counts(staged, 'changed'), [1, 1, 1], said(staged))
    assert.deepEqual(all.map(current), before)
    const next = before.map((link) => `generations/${Number(link.split('/')[1]) + 1}`)
    const inode = fleet.at(1, `stat -c %i /opt/shop/${next[0]}/secrets/api.env`)
    const again = await play(['--tags', 'stage'])
    assert.deepEqual(counts(again, 'changed'), [0, 0, 0], said(again))
    const switched = await play(['--tags', 'switch'])
    assert.deepEqual(counts(switched, 'changed'), [1, 1, 1], said(switched))
    assert.deepEqual(all.map(current), next)
    assert.equal(fleet.at(1, 'stat -c %i /opt/shop/current/secrets/api.env'), inode)
    const whole = await play()
    assert.deepEqual(counts(whole, 'changed'), [0, 0, 0], said(whole))
  })

  test('--tags switch without anything staged says what to do', async () => {
    await change('four')
    const before = all.map(current)
    const played = await play(['--tags', 'restart'])
    assert.deepEqual(counts(played, 'failed'), [1, 1, 1], said(played))
    assert.match(said(played), /not staged on it; run the play with the tag stage first/)
    assert.deepEqual(all.map(current), before)
  })

  test('serial: each batch is a delivery, and a clone without a cache goes on from there', async () => {
    project.write('playbooks/serial.yml', playOf(['serial: 1'], role))
    const played = await player.play(project, ['playbooks/serial.yml'])
    assert.equal(played.status, 0, said(played))
    assert.deepEqual(counts(played, 'changed'), [2, 2, 2], said(played))
    const again = await player.play(project, ['playbooks/serial.yml'])
    assert.deepEqual(counts(again, 'changed'), [0, 0, 0], said(again))
    const clone = project.clone()
    const { status, stdout, stderr } = await clone.lockstep(['deploy'])
    assert.equal(status, 0, stderr)
    assert.match(stdout, /revision \d+ {2}all 3 hosts in step, nothing changed/)
    clone.remove()
  })

  test('a batch of one of the hosts, one fork, and twice in a playbook', async () => {
    await change('five')
    const one = await play(['--limit', 'host2', '--forks', '1'])
    assert.equal(one.status, 0, said(one))
    assert.deepEqual(counts(one, 'changed'), [undefined, 2, undefined])
    project.write('playbooks/twice.yml', playOf([], role) + playOf([], role))
    const twice = await player.play(project, ['playbooks/twice.yml', '--forks', '1'])
    assert.equal(twice.status, 0, said(twice))
    assert.deepEqual(counts(twice, 'changed'), [2, 0, 2], said(twice))
  })

  test('strategy free: refused, or every host delivered', async () => {
    await change('six')
    project.write('playbooks/free.yml', playOf(['strategy: free'], role))
    const played = await player.play(project, ['playbooks/free.yml', '--forks', '1'])
    if (played.status === 0) assert.deepEqual(counts(played, 'changed'), [2, 2, 2], said(played))
    else assert.match(said(played), /hosts of this play do not come together; remove `strategy: free`/)
    const { status } = await play()
    assert.equal(status, 0)
    assert.match((await project.lockstep(['deploy'])).stdout, /all 3 hosts in step, nothing changed/)
  })

  test('lockstep deploy with fewer forks than hosts goes step by step, and is not stuck', async () => {
    await change('six and a half')
    const { status, stdout, stderr } = await project.lockstep(['deploy', '--', '--forks', '2'])
    assert.equal(status, 0, stderr)
    assert.match(stdout, /3 of 3 hosts changed/)
    const again = await project.lockstep(['deploy'])
    assert.match(again.stdout, /all 3 hosts in step, nothing changed/)
  })

  test('a host that is down is unreachable, the others finish, the next run brings it along', async () => {
    await change('seven')
    fleet.stop(3)
    const played = await play()
    assert.deepEqual(counts(played, 'unreachable'), [0, 0, 1], said(played))
    assert.deepEqual(counts(played, 'changed'), [2, 2, 0])
    fleet.start(3)
    const again = await play()
    assert.deepEqual(counts(again, 'changed'), [0, 0, 2], said(again))
  })

  for (const [what, task] of [
    ['delegate_to', 'delegate_to: host1'],
    ['loop', 'loop: [1, 2]'],
    ['async', 'async: 10'],
    ['run_once', 'run_once: true'],
  ] as const) {
    test(`${what} is refused, and nothing is delivered`, async () => {
      await change(`for ${what}`)
      const untouched = snapshot(fleet)
      const tasks = [
        '  tasks:',
        '    - lockstep.secrets.inspect:',
        '    - lockstep.secrets.bundle:',
        `      ${task}`,
        '    - lockstep.secrets.container:',
        '',
      ]
      project.write('playbooks/refused.yml', playOf([], tasks.join('\n')))
      const played = await player.play(project, ['playbooks/refused.yml'])
      assert.notEqual(played.status, 0)
      assert.match(said(played), what === 'async' ? /async/ : new RegExp(`${what} cannot be used here`))
      assert.equal(snapshot(fleet), untouched)
    })
  }

  for (const [what, variable, words] of [
    ['host_key_checking=false', 'ansible_host_key_checking=false', /host key checking is off/],
    ['StrictHostKeyChecking=no', 'ansible_ssh_extra_args="-o StrictHostKeyChecking=no"', /to whoever answers/],
    ['a forced terminal', 'ansible_ssh_extra_args=-tt', /a forced terminal/],
    ['RequestTTY', 'ansible_ssh_extra_args="-o RequestTTY=force"', /a forced terminal/],
  ] as const) {
    test(`${what} is refused, and nothing is delivered`, async () => {
      const untouched = snapshot(fleet)
      const played = await play(['-e', variable])
      assert.match(said(played), words)
      assert.deepEqual(counts(played, 'changed'), [0, 0, 0])
      assert.equal(snapshot(fleet), untouched)
    })
  }

  test('a user’s ssh_config can neither switch off host key checking nor force a terminal', async () => {
    const config = join(player.home, 'ssh_config')
    writeFileSync(config, 'Host *\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nRequestTTY force\n')
    const refused = await play(['-e', `ansible_ssh_common_args="-F ${config}"`])
    assert.deepEqual(counts(refused, 'unreachable'), [1, 1, 1], said(refused))
    assert.match(said(refused), /Host key verification failed/)
    writeFileSync(config, `Host *\nUserKnownHostsFile ${fleet.directory}/known_hosts\nRequestTTY force\n`)
    const played = await play(['-e', `ansible_ssh_common_args="-F ${config}"`, '--check'])
    assert.equal(played.status, 0, said(played))
  })

  test('what is wrong on this side fails the task with message and hint, at once', async () => {
    const password = join(project.directory, '.vault-password')
    const started = Date.now()
    const missing = await play([], { LOCKSTEP_PASSWORD_FILE: `${password}.none` })
    assert.match(said(missing), /\.vault-password\.none: no password file, which is named by LOCKSTEP_PASSWORD_FILE/)
    project.write('lockstep.yaml', 'project: shop\ngroup: {}\n')
    const config = await play()
    assert.match(said(config), /lockstep\.yaml/)
    assert.match(said(config), /CONFIG/)
    project.write('lockstep.yaml', 'project: shop\n')
    const program = await play([], { LOCKSTEP_PROGRAM: '/bin/false' })
    assert.match(said(program), /ended with status 1 before it could serve this playbook/)
    assert.ok(Date.now() - started < 30_000)
    assert.deepEqual(counts(program, 'changed'), [0, 0, 0])
  })
})
