import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { startFleet, startProject } from '../support/fleet.ts'
import type { FleetProject, TestFleet } from '../support/fleet.ts'

const program = resolve(import.meta.dirname, '..', '..', 'bin', 'lockstep')

const manifest = `project: shop
groups:
  session: { keys: [SESSION_KEY], rotate: { with: random, every: 7d, previous: SESSION_KEY_PREVIOUS } }
  signing: { keys: [SIGNING_KEY], rotate: { with: random, breaks: "links in mails" } }
  plain:   { keys: [PLAIN] }
`

/** What the real ansible-vault shows of a file; asked once for each content. */
const shown = new Map<string, string>()

const host = (fleet: TestFleet, number: number, name: string): string => {
  const sealed = fleet.at(number, 'cat /opt/shop/secrets/all-secrets.env')
  const view = 'cd /opt/shop && ansible-vault view --vault-password-file vault-password secrets/all-secrets.env'
  const text = shown.get(sealed) ?? fleet.at(number, view)
  shown.set(sealed, text)
  return new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? ''
}

suite('rotation over real hosts', { concurrency: false }, () => {
  let fleet: TestFleet
  let project: FleetProject

  const get = async (name: string, from: FleetProject = project): Promise<string> =>
    (await from.lockstep(['get', name])).stdout.trim()

  before(async () => {
    fleet = startFleet({ hosts: 3, net: 59 })
    project = await startProject(fleet, manifest, {
      session: { SESSION_KEY: 'first-session' },
      signing: { SIGNING_KEY: 'first-signing' },
      plain: { PLAIN: 'stays' },
    })
    await project.lockstep(['set', 'SIGNING_KEY', '--group', 'signing', '--host', 'host2'], { input: 'own-of-host2' })
    assert.equal((await project.lockstep(['backup', 'recovery', '--to', `${fleet.directory}/recovery`])).status, 0)
    assert.equal((await project.lockstep(['setup'])).status, 0)
  })
  after(() => {
    project.remove()
    fleet.down()
  })

  test('--check writes nothing, and its plan is the one that runs', async () => {
    const seen = [1, 2, 3].map((one) => snapshot(fleet, one))
    const { status, value } = await project.json(['rotate', '--check'])
    assert.equal(status, 0, JSON.stringify(value))
    assert.deepEqual(
      [1, 2, 3].map((one) => snapshot(fleet, one)),
      seen,
    )
    const other = await project.json(['rotate', '--expect', '00000000'])
    assert.equal(other.status, 8)
    const done = await project.json(['rotate', '--expect', String(value['plan'])])
    assert.equal(done.status, 0, JSON.stringify(done.value))
    assert.match(fleet.at(1, 'ls /opt/shop/backups'), new RegExp(String(done.value['backup'])))
    assert.deepEqual(ends(done.value), [
      'session/SESSION_KEY retired',
      'signing/SIGNING_KEY retired',
      'signing/SIGNING_KEY@host2 retired',
    ])
  })

  test('hosts have what the project has, the previous value beside it, and what is not rotated stays', async () => {
    const session = await get('SESSION_KEY')
    assert.notEqual(session, 'first-session')
    assert.deepEqual(
      [1, 2, 3].map((one) => host(fleet, one, 'SESSION_KEY')),
      [session, session, session],
    )
    assert.equal(host(fleet, 3, 'SESSION_KEY_PREVIOUS'), 'first-session')
    assert.equal(host(fleet, 1, 'PLAIN'), 'stays')
    assert.equal(host(fleet, 1, 'SIGNING_KEY'), await get('SIGNING_KEY'))
    assert.notEqual(host(fleet, 2, 'SIGNING_KEY'), host(fleet, 1, 'SIGNING_KEY'))
  })

  test('no generation with an ended value stays on a host', () => {
    for (const one of [1, 2, 3]) assert.equal(fleet.at(one, 'ls /opt/shop/generations').trim(), '2')
  })

  test('a second deploy changes nothing', async () => {
    const { status, value } = await project.json(['deploy'])
    assert.equal(status, 0, JSON.stringify(value))
    assert.deepEqual(states(value), ['kept', 'kept', 'kept'])
  })

  test('the access log says who rotated what', async () => {
    const { stdout } = await project.lockstep(['log', 'show', '--json'])
    assert.match(stdout, /"action": ?"change"[^]*"secrets": ?\[[^\]]*"SESSION_KEY"/)
    assert.match(stdout, /"command": ?"rotate"/)
    assert.equal((await project.lockstep(['log', 'verify'])).status, 0)
  })

  test('--due has nothing to do', async () => {
    const { status, value } = await project.json(['rotate', '--due'])
    assert.equal(status, 0, JSON.stringify(value))
    assert.deepEqual(value['hosts'], [])
  })

  test('the script of the project renews one host alone, and leaves alone what others have too', () => {
    const seen = [2, 3].map((one) => snapshot(fleet, one))
    const [password, session] = [fleet.at(1, 'cat /opt/shop/vault-password'), host(fleet, 1, 'SESSION_KEY')]
    const script = join(project.directory, 'ansible/scripts/manage-secrets.sh')
    const words = ['env', `LOCKSTEP_PROGRAM=${program}`, script, 'rotate', '--hosts', 'host1']
    const [command = '', ...args] = fleet.controller(words)
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: '/', encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^SESSION_KEY .* skipped: host2, host3 have it as well$/m)
    assert.notEqual(fleet.at(1, 'cat /opt/shop/vault-password'), password)
    assert.equal(host(fleet, 1, 'SESSION_KEY'), session)
    const others = [2, 3].map((one) => snapshot(fleet, one))
    assert.deepEqual(others.map(withoutRecords), seen.map(withoutRecords))
    assert.ok(
      others.every((one) => withoutRecords(one).length > 8),
      'generations and what is in them',
    )
  })

  test('two clones at once: one rotates, the other is refused, and nothing is left of it', async () => {
    const other = project.clone()
    const rotate = ['rotate', 'SIGNING_KEY'] as const
    const [mine, theirs] = await Promise.all([project.json(rotate), other.json(rotate)])
    assert.deepEqual([mine.status, theirs.status].sort(), [0, 8], JSON.stringify([mine.value, theirs.value]))
    const [winner, loser] = mine.status === 0 ? [project, other] : [other, project]
    const value = await get('SIGNING_KEY', winner)
    assert.notEqual(await get('SIGNING_KEY', loser), value)
    assert.deepEqual([host(fleet, 1, 'SIGNING_KEY'), host(fleet, 3, 'SIGNING_KEY')], [value, value])
    const { value: after } = await winner.json(['rotate', '--resume'])
    assert.deepEqual([after['rows'], after['waiting'], after['isOpen']], [[], [], false])
    loser.remove()
    project = winner
  })

  test('a host that is down holds up the run, or with --allow-missing the end of the old value alone', async () => {
    const before = await get('SIGNING_KEY')
    fleet.stop(3)
    try {
      const refused = await project.json(['rotate', 'SIGNING_KEY'])
      assert.equal(refused.status, 6, JSON.stringify(refused.value))
      assert.equal(await get('SIGNING_KEY'), before)
      const partial = await project.json(['rotate', 'SIGNING_KEY', '--allow-missing'])
      assert.equal(partial.status, 10, JSON.stringify(partial.value))
      assert.deepEqual(ends(partial.value), ['signing/SIGNING_KEY promoted', 'signing/SIGNING_KEY@host2 retired'])
      const status = await project.lockstep(['status'])
      assert.match(status.stdout, /waiting SIGNING_KEY: the former value is still valid/)
      assert.match((await project.lockstep(['metrics'])).stdout, /^lockstep_rotation_waiting\{[^}]*\} 1$/m)
    } finally {
      fleet.start(3)
    }
    const deployed = await project.json(['deploy'])
    assert.equal(deployed.status, 0, JSON.stringify(deployed.value))
    const ended = await project.json(['rotate', '--resume'])
    assert.equal(ended.status, 0, JSON.stringify(ended.value))
    assert.deepEqual(ends(ended.value), ['signing/SIGNING_KEY retired'])
    assert.match((await project.lockstep(['metrics'])).stdout, /^lockstep_rotation_waiting\{[^}]*\} 0$/m)
    assert.equal(host(fleet, 3, 'SIGNING_KEY'), await get('SIGNING_KEY'))
  })

  test('what a host could read is rotated, with the proof, and nothing else', async () => {
    const [shared, session] = [await get('SIGNING_KEY'), await get('SESSION_KEY')]
    assert.equal((await project.lockstep(['rotate', '--exposed-by', 'host'])).status, 2)
    const asked = ['rotate', '--exposed-by', 'host2', '--emergency']
    const { value: plan } = await project.json([...asked, '--check'])
    assert.deepEqual(exposed(plan), [
      'PLAIN valid null',
      'SESSION_KEY valid session/SESSION_KEY',
      'SESSION_KEY_PREVIOUS valid session/SESSION_KEY',
      'SIGNING_KEY valid signing/SIGNING_KEY@host2',
    ])
    assert.match(JSON.stringify(plan['exposed']), /generation \d+ of [\d-]+: the ledger","generation \d+: its manifest/)
    const done = await project.json([...asked, '--expect', String(plan['plan'])])
    // PLAIN is left to a person
    assert.equal(done.status, 10, JSON.stringify(done.value))
    assert.deepEqual(ends(done.value), ['session/SESSION_KEY retired', 'signing/SIGNING_KEY@host2 retired'])
    assert.equal(await get('SIGNING_KEY'), shared)
    assert.equal(host(fleet, 1, 'SIGNING_KEY'), shared)
    assert.notEqual(host(fleet, 1, 'SESSION_KEY'), session)
    assert.notEqual(host(fleet, 1, 'SESSION_KEY_PREVIOUS'), session)
  })

  test('history tells what was rotated, by whom, with which proof and why, from a fresh clone as well', async () => {
    const fresh = project.clone()
    try {
      const { status, value } = await fresh.json(['rotate', 'history'])
      assert.equal(status, 0, JSON.stringify(value))
      const told = list(value['rotations'])
      // two clones at once made one; one gave a host new passwords and nothing else
      assert.deepEqual(
        told.map((one) => Object.keys(Reflect.get(one, 'credentials')).length),
        [2, 2, 2, 0, 3],
      )
      const [newest] = told
      assert.ok(newest !== undefined)
      assert.equal(member(newest, 'reason'), 'exposed by host2')
      assert.deepEqual(Reflect.get(newest, 'credentials'), {
        'session/SESSION_KEY': 'retired',
        'signing/SIGNING_KEY@host2': 'retired',
      })
      assert.deepEqual(Object.keys(Reflect.get(newest, 'hosts')), ['host1', 'host2', 'host3'])
    } finally {
      fresh.remove()
    }
  })

  test('a full disk leaves that host as it was, and the rotation half-done; --resume when there is room', async () => {
    const before = await get('SESSION_KEY')
    fleet.at(
      2,
      'mkdir /srv/keep && cp -a /opt/shop /srv/keep/ && mount -t tmpfs -o size=1m,mode=755 tmpfs /opt && cp -a /srv/keep/shop /opt/',
    )
    fleet.statusAt(2, 'dd if=/dev/zero of=/opt/fill bs=1k count=2000 2>/dev/null')
    const { status, value } = await project.json(['rotate', 'SESSION_KEY'])
    assert.equal(status, 10, JSON.stringify(value))
    assert.equal(value['isOpen'], true)
    assert.match(JSON.stringify(value), /disk is full/)
    assert.deepEqual([await get('SESSION_KEY'), host(fleet, 2, 'SESSION_KEY')], [before, before])
    fleet.at(2, 'umount /opt; rm -r /srv/keep')
    const done = await project.json(['rotate', '--resume'])
    assert.equal(done.status, 0, JSON.stringify(done.value))
    const now = await get('SESSION_KEY')
    assert.notEqual(now, before)
    assert.deepEqual(
      [1, 2, 3].map((one) => host(fleet, one, 'SESSION_KEY')),
      [now, now, now],
    )
  })
})

/** The ledger and backups come to all that keep them. */
const withoutRecords = (text: string): readonly string[] =>
  text.split('\n').filter((line) => !/^\/opt\/shop( |\/(backups|ledger|run|state|lease|lock)\b)/.test(line))

const snapshot = (fleet: TestFleet, number: number): string =>
  fleet.at(number, 'find /opt -printf "%p %y %u %m %i %T@ %C@ %l\\n" | sort')

const list = (value: unknown): readonly object[] => (Array.isArray(value) ? value : [])
const member = (one: object, name: string): string => String(Reflect.get(one, name))

const ends = (value: Record<string, unknown>): readonly string[] =>
  list(value['rows'])
    .filter((one) => member(one, 'end') !== 'null')
    .map((one) => `${member(one, 'id')} ${member(one, 'end')}`)

const exposed = ({ exposed: found }: Record<string, unknown>): readonly string[] =>
  list(typeof found === 'object' && found !== null ? Reflect.get(found, 'secrets') : null).map(
    (one) => `${member(one, 'name')} ${member(one, 'state')} ${member(one, 'credential')}`,
  )

const states = (value: Record<string, unknown>): readonly string[] =>
  list(value['hosts']).map((one) => member(one, 'state'))
