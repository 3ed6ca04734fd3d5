import assert from 'node:assert/strict'
import { chmodSync, readFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { nullOnSync } from '../../src/io/system-error.ts'
import { formsOf, newCanary, sightingsBelow, sightingsIn } from '../support/canary.ts'
import type { Sighting } from '../support/canary.ts'
import { startFleet, startProject } from '../support/fleet.ts'
import type { FleetProject, Outcome, TestFleet } from '../support/fleet.ts'
import { newestAnsible, startPlayer } from '../support/playbook.ts'
import type { Player } from '../support/playbook.ts'

/** Everything that makes Ansible write down or keep what it works on. */
const talkative = (home: string): Readonly<Record<string, string>> => ({
  ANSIBLE_DEBUG: '1',
  ANSIBLE_KEEP_REMOTE_FILES: '1',
  ANSIBLE_PIPELINING: 'False',
  ANSIBLE_SSH_PIPELINING: 'False',
  ANSIBLE_LOG_PATH: join(home, 'ansible.log'),
  ANSIBLE_LOG_VERBOSITY: '5',
  ANSIBLE_CACHE_PLUGIN: 'ansible.builtin.jsonfile',
  ANSIBLE_CACHE_PLUGIN_CONNECTION: join(home, 'facts'),
  ANSIBLE_CALLBACK_RESULT_FORMAT: 'yaml',
  ANSIBLE_DISPLAY_ARGS_TO_STDOUT: '1',
  ANSIBLE_NO_LOG: 'False',
})

const playbook = `- name: Deploy the API
  hosts: all
  gather_facts: true
  tasks:
    - lockstep.secrets.inspect:
      register: one
    - lockstep.secrets.bundle:
      register: two
    - lockstep.secrets.container:
      register: three
    - lockstep.secrets.record:
      register: four
    - ansible.builtin.debug:
        msg: "{{ [one, two, three, four] }}"
    - ansible.builtin.set_fact:
        cacheable: true
        seen: "{{ [one, two, three, four] }}"
    - ansible.builtin.debug:
        var: hostvars
`

const manifest = `project: shop
groups:
  api: {}
  token: { keys: [API_TOKEN], rotate: { with: command, run: [./rotator.py] } }
`

/** A rotator whose next value is known beforehand, and stands in its own text as no form that is searched for. */
const rotator = (canary: string): string => `#!/usr/bin/python3
import json, sys
step = json.load(sys.stdin)['step']
value = bytes(${JSON.stringify([...Buffer.from(canary)].map((byte) => byte + 1000))}[i] - 1000 for i in range(${canary.length})).decode()
print(json.dumps({'step': step, **({'values': {'API_TOKEN': value}} if step == 'propose' else {})}))
`

const becomePassword = 'of-the-person'

const persons: Readonly<Record<string, readonly string[]>> = {
  root: [],
  'sudo without a password': ['-u', 'free', '--become'],
  'sudo with a password': ['-u', 'deploy', '--become', '-e', `ansible_become_password=${becomePassword}`],
  su: ['-u', 'deploy', '--become', '--become-method', 'su', '-e', `ansible_become_password=${becomePassword}`],
}

suite('no secret is left anywhere on the way to a host', { concurrency: false }, () => {
  let fleet: TestFleet
  let project: FleetProject
  let player: Player
  let programs: readonly string[]
  const canaries: string[] = []

  before(async () => {
    fleet = startFleet({ hosts: 2, net: 79 })
    player = startPlayer(fleet)
    programs = ['/usr/bin', newestAnsible()]
    const first = newCanary()
    canaries.push(first)
    const token = newCanary()
    canaries.push(token)
    project = await startProject(fleet, manifest, { api: { API_KEY: first }, token: { API_TOKEN: token } })
    assert.equal((await project.lockstep(['backup', 'recovery', '--to', `${fleet.directory}/recovery`])).status, 0)
    canaries.push(readFileSync(join(project.directory, '.vault-password'), 'utf8').trim())
    project.write('playbooks/api-deploy.yml', playbook)
    for (const host of [1, 2]) {
      fleet.at(
        host,
        [
          'useradd -m -s /bin/bash free && cp -r /home/deploy/.ssh /home/free/ && chown -R free: /home/free',
          `printf '%s\\n' deploy:${becomePassword} root:${becomePassword} | chpasswd`,
          'printf "%s\\n" "free ALL=(ALL) NOPASSWD:ALL" "deploy ALL=(ALL) ALL" > /etc/sudoers.d/test',
          'chmod 440 /etc/sudoers.d/test',
        ].join(' && '),
      )
    }
    const { status, stderr } = await project.lockstep(['setup'])
    assert.equal(status, 0, stderr)
  })
  after(() => {
    project.remove()
    player.remove()
    fleet.down()
  })

  const change = async (): Promise<string> => {
    const canary = newCanary()
    canaries.push(canary)
    const { status, stderr } = await project.lockstep(['set', 'API_KEY'], { input: canary })
    assert.equal(status, 0, stderr)
    return canary
  }

  /** The new value is on the host, in the one file where it belongs. */
  const isDelivered = (canary: string): void => {
    for (const host of [1, 2]) {
      const text = fleet.at(
        host,
        'cd /opt/shop && ansible-vault view --vault-password-file vault-password secrets/api.env; rm -rf /root/.ansible',
      )
      assert.ok(text.includes(canary), `the new value is not on host${host}`)
    }
  }

  /** The passwords of scopes belong into their files on the host, and nowhere else. */
  const scopePasswords = (): readonly string[] =>
    [1, 2].flatMap((host) => fleet.at(host, 'cat /opt/shop/generations/*/vault-password').trim().split('\n'))

  const onDisk = (): readonly Sighting[] => {
    const own = join(project.directory, '.vault-password')
    const ours = [project.directory, player.home, ...ansibleLeftovers()]
    const hosts = sightingsBelow([fleet.directory], [...canaries, ...scopePasswords()])
    const memory = [1, 2].flatMap((host) => inMemory(host))
    return [
      ...sightingsBelow(ours, [...canaries, ...scopePasswords()]).filter(({ where }) => where !== own),
      ...hosts.filter(({ where }) => !/(generations\/\d+|current)\/vault-password$/.test(where)),
      ...memory,
    ]
  }

  /** What lies in the host's temporary file systems; this clone, which stands there as well, is none of its own. */
  const inMemory = (host: number): readonly Sighting[] => {
    const patterns = canaries
      .flatMap((canary) => [...formsOf(canary).values()])
      .filter((form) => /^[\w%+/=-]+$/.test(form))
    const words = patterns.map((form) => `-e '${form}'`).join(' ')
    const found = fleet.at(host, `grep -rlaF --exclude-dir=clone ${words} /run 2>/dev/null || true`).trim()
    return found === '' ? [] : [{ where: found, form: 'any' }]
  }

  const inOutput = ({ stdout, stderr }: Outcome): readonly Sighting[] => [
    ...sightingsIn('stdout', Buffer.from(stdout), [...canaries, ...scopePasswords()]),
    ...sightingsIn('stderr', Buffer.from(stderr), [...canaries, ...scopePasswords()]),
  ]

  test('the search finds what was put there on purpose', () => {
    const [canary = ''] = canaries
    const base64 = Buffer.from(`x${canary}`).toString('base64')
    fleet.at(1, `echo ${base64} > /var/log/planted; echo ${canary} > /run/planted`)
    const found = new Set(onDisk().map(({ where }) => where))
    fleet.at(1, 'rm /var/log/planted /run/planted')
    assert.deepEqual([...found], [join(fleet.directory, 'h1/up/var/log/planted'), '/run/planted'])
    assert.deepEqual(onDisk(), [])
  })

  for (const [person, args] of Object.entries(persons)) {
    test(`a playbook with everything written down, as ${person}`, async () => {
      for (const version of programs) {
        const canary = await change()
        const watch = watchProcesses(canaries)
        const options = { programs: version, env: talkative(player.home) }
        const played = await player.play(project, ['playbooks/api-deploy.yml', '-vvvvv', '--diff', ...args], options)
        const seen = watch.end()
        assert.equal(played.status, 0, played.stdout.slice(-3000) + played.stderr.slice(-2000))
        assert.deepEqual(seen, [])
        assert.deepEqual(inOutput(played), [])
        assert.deepEqual(onDisk(), [])
        isDelivered(canary)
      }
    })

    test(`lockstep deploy with everything written down, as ${person}`, async () => {
      const canary = await change()
      const watch = watchProcesses(canaries)
      const env = { ...talkative(player.home), HOME: player.home, ANSIBLE_LOCAL_TEMP: join(player.home, 'ansible/tmp') }
      const done = await project.lockstep(['deploy', '--', '-vvvvv', '--diff', ...args], { env })
      const seen = watch.end()
      assert.equal(done.status, 0, done.stdout + done.stderr)
      assert.deepEqual(seen, [])
      assert.deepEqual(inOutput(done), [])
      assert.deepEqual(onDisk(), [])
      isDelivered(canary)
    })
  }

  test('a rotation with everything written down: neither the old value nor the new one', async () => {
    const canary = newCanary()
    canaries.push(canary)
    project.write('rotator.py', rotator(canary))
    chmodSync(join(project.directory, 'rotator.py'), 0o700)
    const watch = watchProcesses(canaries)
    const env = { ...talkative(player.home), HOME: player.home, ANSIBLE_LOCAL_TEMP: join(player.home, 'ansible/tmp') }
    const done = await project.lockstep(['rotate', 'token', '--json', '--', '-vvvvv', '--diff'], { env })
    assert.deepEqual(watch.end(), [])
    assert.equal(done.status, 0, done.stdout + done.stderr)
    assert.match(done.stdout, /"end": ?"retired"/)
    assert.deepEqual(inOutput(done), [])
    assert.deepEqual(onDisk(), [])
    const view = 'cd /opt/shop && ansible-vault view --vault-password-file vault-password secrets/token.env'
    for (const host of [1, 2])
      assert.equal(fleet.at(host, `${view}; rm -rf /root/.ansible`).trim(), `API_TOKEN=${canary}`)
  })

  test('an audit with everything written down: no value, and nothing of the frame that has its digests', async () => {
    const inFrame = '/etc/systemd/system/*.d/lockstep.conf'
    const watch = watchProcesses([...canaries, inFrame])
    const args = ['audit', '--hosts', 'host1,host2', '--json', '--', '-vvvvv', '--diff']
    const done = await project.lockstep(args, { env: { ...talkative(player.home), HOME: player.home } })
    assert.deepEqual(watch.end(), [])
    assert.equal(JSON.parse(done.stdout).audited, 2, done.stderr)
    assert.deepEqual(inOutput(done), [])
    assert.deepEqual(onDisk(), [])
    assert.deepEqual(sightingsIn('output', Buffer.from(done.stdout + done.stderr), [inFrame]), [])
    assert.deepEqual(
      sightingsBelow([project.directory, player.home, fleet.directory, ...ansibleLeftovers()], [inFrame]),
      [],
    )
  })

  test('nor when the host has no room, no Python, or the wrong become password', async () => {
    const canary = await change()
    const wrong = ['-u', 'deploy', '--become', '-e', 'ansible_become_password=wrong']
    fleet.at(2, 'mkdir -p /tmp/small && mount -t tmpfs -o size=4k tmpfs /opt/shop/generations')
    const faults = [
      await player.play(project, ['playbooks/api-deploy.yml', '-vvvvv', ...wrong], { env: talkative(player.home) }),
      await player.play(project, ['playbooks/api-deploy.yml', '-vvvvv', '-e', 'ansible_python_interpreter=/bin/none'], {
        env: talkative(player.home),
      }),
      await project.lockstep(['deploy', '--', '-vvvvv'], { env: talkative(player.home) }),
    ]
    fleet.at(2, 'umount /opt/shop/generations')
    for (const done of faults) {
      assert.notEqual(done.status, 0)
      assert.deepEqual(inOutput(done), [])
    }
    assert.deepEqual(onDisk(), [])
    const { status, stdout, stderr } = await project.lockstep(['deploy'])
    assert.equal(status, 0, stdout + stderr)
    isDelivered(canary)
  })
})

/** Ansible's temporary files that were not put below our own home. */
const ansibleLeftovers = (): readonly string[] =>
  readdirSync(tmpdir())
    .filter((name) => /^(ansible|lockstep-\d+$)/.test(name))
    .map((name) => join(tmpdir(), name))

/** Looks at arguments and environments of all processes, on this side and (their numbers are visible here) on hosts. */
const watchProcesses = (canaries: readonly string[]): { end(): readonly Sighting[] } => {
  const found: Sighting[] = []
  const look = (): void => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
      for (const name of ['cmdline', 'environ']) {
        const text =
          nullOnSync(['ENOENT', 'ESRCH', 'EACCES'], () => readFileSync(`/proc/${pid}/${name}`, 'latin1')) ?? ''
        if (canaries.some((canary) => text.includes(canary))) found.push({ where: `${name} of a process`, form: 'raw' })
      }
    }
  }
  const timer = setInterval(look, 50)
  return {
    end: () => {
      clearInterval(timer)
      return found
    },
  }
}
