/** Whatever is killed at whatever step of a delivery, and whatever disk fails: each host has the old or the new
 *  generation, whole, and the next delivery puts everything right, from this clone or from another. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { parseDotenv } from '../../src/core/formats/dotenv.ts'
import { Secret } from '../../src/core/secret.ts'
import { openVault } from '../../src/crypto/ansible-vault.ts'
import { openManifest } from '../../src/crypto/manifest-mac.ts'
import type { Step } from '../kill/host-call.ts'
import { startFleet, startProject } from '../support/fleet.ts'
import type { FleetProject, TestFleet } from '../support/fleet.ts'
import {
  type Disturbance,
  type Disturber,
  descendants,
  endProcess,
  itAndDescendants,
  ourProgram,
  disturbable,
} from './standstill.ts'

const count = 7
const hosts: readonly number[] = Array.from({ length: count }, (_, index) => index + 1)
// the ledger is kept on the first three
const keepers = hosts.slice(0, 3)

interface Place {
  readonly name: string
  readonly call: number
  /** The system call that it comes after. */
  find(steps: readonly Step[]): Step | undefined
  readonly onKeepersOnly?: true
}

const first = (pattern: RegExp) => (steps: readonly Step[]) => steps.find(({ shown }) => pattern.test(shown))
const last = (pattern: RegExp) => (steps: readonly Step[]) => steps.findLast(({ shown }) => pattern.test(shown))
const placed = /^renameat\(.*\/generations>, "\.\d+\.\w+\.tmp", /

/** A delivery to a host without containers: 1 looks, 2 stages and switches, 3 writes the ledger. */
const places: readonly Place[] = [
  { name: 'the lease is taken', call: 2, find: first(/^renameat\(.*"lease\.json"/) },
  { name: 'the directory is made', call: 2, find: first(/^mkdirat\(.*"\.\d+\.\w+\.tmp"/) },
  { name: 'in the middle of a file', call: 2, find: first(/^fchmod\(.*\/secrets\/aws\.env/) },
  {
    name: 'before the rename of the generation',
    call: 2,
    find: (steps) => steps[steps.findIndex(({ shown }) => placed.test(shown)) - 1],
  },
  { name: 'after the rename of the generation', call: 2, find: first(placed) },
  { name: 'the ledger is written', call: 2, find: first(/^renameat\(.*"ledger\.vault"/), onKeepersOnly: true },
  { name: '`current` is switched', call: 2, find: first(/^renameat\(.*"current"/) },
  { name: 'one of two links is made', call: 2, find: first(/^renameat\(.*"vault-password"/) },
  { name: 'the oldest generation is out of the way', call: 2, find: first(/^renameat\(.*generations>, "\d+"/) },
  { name: 'half of it is removed', call: 2, find: first(/^unlinkat\(.*"(secrets|vault-password)"/) },
  { name: 'the final ledger is written', call: 3, find: first(/^renameat\(.*"ledger\.vault"/), onKeepersOnly: true },
  { name: 'the lease is released', call: 3, find: last(/^renameat\(.*"lease\.json"/), onKeepersOnly: true },
]

const victims = ['receiver', 'client', 'session', 'disk'] as const
interface Case {
  readonly place: Place
  readonly victim: (typeof victims)[number]
}

/** Who is gone when a client or its session ends cannot be seen from the receiver: each has every other place. */
const isTried = ({ place, victim }: Case): boolean => {
  const isEven = places.indexOf(place) % 2 === 0
  return victim === 'client' ? isEven : victim === 'session' ? !isEven : true
}

const kept = (place: Place): number => Number(place.onKeepersOnly ?? 0)

/** One delivery each: what happens to which host. */
const rounds = (): readonly ReadonlyMap<number, Case>[] => {
  const made: Map<number, Case>[] = []
  const cases = victims.flatMap((victim) => places.map((place): Case => ({ place, victim })).filter(isTried))
  for (const one of cases.toSorted((a, b) => kept(b.place) - kept(a.place))) {
    const able = one.place.onKeepersOnly ? keepers : hosts
    const isFree = (round: ReadonlyMap<number, Case>): boolean => able.some((host) => !round.has(host))
    let round = made.find(isFree)
    if (round === undefined) made.push((round = new Map()))
    const host = able.find((each) => !round.has(each))
    if (host !== undefined) round.set(host, one)
  }
  return made
}

suite('killed in the middle of a delivery', { concurrency: false }, () => {
  let fleet: TestFleet
  let project: FleetProject
  let disturber: Disturber
  let recorded: ReadonlyMap<string, Disturbance>
  let value = 0

  before(async () => {
    fleet = startFleet({ hosts: count, net: 93 })
    project = await startProject(fleet, 'project: shop\n', { aws: { A: '0', B: '0' }, db: { C: 'static' } })
    disturber = disturbable(fleet, project, hosts)
    await succeeds(project, ['setup'])
    for (let delivery = 0; delivery < 2; delivery++) {
      await change()
      await succeeds(project, ['deploy'])
    }
    recorded = await recordPlaces()
  })
  after(() => {
    project.remove()
    fleet.down()
  })

  const change = async (): Promise<void> => {
    value++
    const input = `A=${value}\nB=${value}\n`
    await succeeds(project, ['import', '-', '--group', 'aws', '--replace'], input)
  }

  const succeeds = async (
    from: FleetProject,
    args: readonly string[],
    input = '',
  ): Promise<Record<string, unknown>> => {
    const answer = await from.json(args, { input })
    assert.equal(answer.status, 0, JSON.stringify(answer.value))
    return answer.value
  }

  /** Where each place is, on a host that keeps the ledger and on one that does not. */
  const recordPlaces = async (): Promise<ReadonlyMap<string, Disturbance>> => {
    const models = [1, count]
    for (const host of models) {
      fleet.at(host, 'rm /opt/shop/vault-password /opt/shop/secrets')
      disturber.record(host)
    }
    await change()
    await succeeds(project, ['deploy'])
    const found = new Map<string, Disturbance>()
    for (const host of models) {
      const steps = disturber.recorded(host)
      for (const { name, call, find, onKeepersOnly } of places) {
        const step = find(steps.get(call) ?? [])
        assert.ok(step !== undefined || (onKeepersOnly && host === count), `${name} on host${host}`)
        if (step !== undefined) found.set(keyOf(host, name), { call, step, how: 'still' })
      }
      disturber.calm(host)
    }
    return found
  }

  const keyOf = (host: number, name: string): string => `${keepers.includes(host)} ${name}`

  const disturbanceOf = (host: number, place: Place, victim: Case['victim']): Disturbance => {
    // where links are in their place, the calls that make them have other numbers
    if (place.name === 'one of two links is made') fleet.at(host, 'rm -f /opt/shop/vault-password /opt/shop/secrets')
    const found = recorded.get(keyOf(host, place.name)) ?? assert.fail(place.name)
    return { ...found, how: victim === 'disk' ? errorAt(place) : 'still' }
  }

  const directory = (host: number): string => join(fleet.directory, `h${host}`, 'priv/opt/shop')

  /** Both values that the generation in force of this host holds; its own password opens each of its files. */
  const inForce = async (host: number): Promise<readonly string[]> => {
    const at = join(directory(host), readlinkSync(join(directory(host), 'current')))
    const password = new Secret(readFileSync(join(at, 'vault-password'), 'utf8').trim())
    const manifest = openManifest(readFileSync(join(at, 'secrets/manifest.json'), 'utf8'), password, { at })
    const texts = await Promise.all(
      ['all-secrets.env', 'aws.env', 'db.env'].map(async (name) => {
        assert.ok(name in manifest.files, name)
        const { plaintext } = await openVault(readFileSync(join(at, 'secrets', name)), password)
        return parseDotenv(new TextDecoder().decode(plaintext))
      }),
    )
    const values = texts.flat().filter(({ name }) => name !== 'C')
    assert.equal(values.length, 4)
    return [...new Set(values.map((one) => one.value.reveal()))]
  }

  const isOldOrNew = async (): Promise<void> => {
    for (const host of hosts) {
      const values = await inForce(host)
      assert.equal(values.length, 1, `host${host} has a mixture: ${values.join()}`)
      assert.ok([String(value), String(value - 1)].includes(values[0] ?? ''), `host${host}: ${values[0]}`)
    }
    if (isThorough()) assert.equal(ansibleVault(hosts.map(directory)), '')
  }

  /** What costs much and says the same of each accident is looked at after some of them. */
  const isThorough = (): boolean => value % 5 === 0

  /** Nothing half-made is left, everybody has the newest values, nobody is held, and there is nothing to do. */
  const converges = async (from: FleetProject): Promise<void> => {
    for (const host of hosts) disturber.calm(host)
    await succeeds(from, ['deploy'])
    for (const host of hosts) {
      assert.deepEqual(await inForce(host), [String(value)], `host${host}`)
      assert.deepEqual(
        namesBelow(directory(host)).filter((name) => name.includes('.tmp')),
        [],
        `host${host}`,
      )
      assert.ok(readdirSync(join(directory(host), 'generations')).length <= 2, `host${host}`)
      assert.equal(
        JSON.parse(readFileSync(join(directory(host), 'ledger/lease.json'), 'utf8')).run,
        null,
        `host${host}`,
      )
    }
    if (!isThorough()) return
    const was = hosts.map(snapshot)
    const again = await succeeds(from, ['deploy'])
    assert.deepEqual(statesIn(again['hosts']), new Set(['kept']))
    assert.deepEqual(hosts.map(snapshot), was)
  }

  const snapshot = (host: number): string => fleet.at(host, 'find /opt -printf "%p %y %u %m %i %T@ %C@ %l\\n" | sort')

  /** Odd deliveries are put right from here, even ones from a clone that has seen nothing of them. */
  const convergesAnywhere = async (): Promise<void> => {
    if (value % 2 === 1) return converges(project)
    const other = project.clone()
    await converges(other)
    other.remove()
  }

  for (const round of rounds()) {
    const title = [...round.values()].map((one) => `${one.victim} when ${one.place.name}`).join('; ')
    test(`on ${round.size} hosts: ${title}`, async () => {
      await change()
      const plans = new Map([...round].map(([host, one]) => [host, disturbanceOf(host, one.place, one.victim)]))
      for (const [host, plan] of plans) disturber.disturb(host, plan)
      let isOver = false
      const running = project.json(['deploy']).finally(() => (isOver = true))
      const watching = [...round].map(async ([host, { victim }]) => {
        const plan = plans.get(host)
        if (plan === undefined || plan.how !== 'still') return
        await disturber.standsStill(host, plan, () => isOver)
        if (victim === 'receiver') return disturber.kill(host)
        if (victim === 'client') disturber.endClient(host)
        else disturber.endSession(host)
        disturber.goOn(host)
      })
      const [answer] = await Promise.all([running, ...watching])
      assert.notEqual(answer.status, 0)
      for (const [host, one] of round) isNamed(host, one, answer.value)
      await isOldOrNew()
      await convergesAnywhere()
    })
  }

  /** The report says which host it was; where only the record was hit, a note does. */
  const isNamed = (host: number, { place, victim }: Case, said: Record<string, unknown>): void => {
    const text = JSON.stringify(said)
    const at = `host${host}, ${victim} when ${place.name}: ${text}`
    if (victim === 'disk') assert.match(text, errorAt(place) === 'EIO' ? /the disk fails/ : /the disk is full/, at)
    if (place.call === 3) return assert.ok(namesIn(said['unrecorded']).has(`host${host}`), at)
    const found = listOf(said['hosts']).find((one) => one['host'] === `host${host}`)
    assert.equal(found?.['state'], 'failed', at)
  }

  const staging = places.filter((place) => place.call === 2).toSorted((a, b) => kept(b) - kept(a))
  const recording = places.filter((place) => place.call === 3)
  const groups = [staging.slice(0, count), staging.slice(count), recording]
  const runs = { lockstep: groups, 'ansible-playbook': [staging], 'ansible-playbook and its workers': groups.slice(1) }

  for (const [victim, ofVictim] of Object.entries(runs)) {
    for (const group of ofVictim.map((one) => one.slice(0, count))) {
      test(`${victim} when ${group.map((place) => place.name).join(', ')}`, async () => {
        await change()
        const plans = new Map(group.map((place, index) => [index + 1, disturbanceOf(index + 1, place, 'receiver')]))
        for (const [host, plan] of plans) disturber.disturb(host, plan)
        let [isOver, pid] = [false, 0]
        const running = project.lockstep(['deploy'], { onStart: (own) => (pid = own) }).finally(() => (isOver = true))
        await Promise.all([...plans].map(([host, plan]) => disturber.standsStill(host, plan, () => isOver)))
        for (const one of itAndDescendants(pid, victim === 'lockstep' ? ourProgram : /ansible-playbook$/)) {
          const isMain = victim.endsWith('workers') || descendants(one, /ansible-playbook$/).length > 0
          if (isMain || victim === 'lockstep') endProcess(one)
        }
        for (const host of plans.keys()) disturber.goOn(host)
        const { status } = await running
        // workers that lost their master end what they were at
        assert.equal(status === 0, victim === 'ansible-playbook', String(status))
        await isOldOrNew()
        await convergesAnywhere()
      })
    }
  }

  test('lockstep in the middle of setup: another clone sets the hosts up, each with one id', async () => {
    const other = await startProject(fleet, 'project: other\n', { aws: { A: 'a' } })
    const fresh = disturbable(fleet, other, hosts)
    const nth = (call: number, name: string, of: number): Disturbance => ({
      call,
      step: { call: name, count: of, shown: name },
      how: 'still',
    })
    // the others come to their third call when those that keep the ledger are through with it
    const plans = new Map([
      [2, nth(3, 'renameat', 1)],
      [3, nth(3, 'renameat', 2)],
      [4, nth(2, 'renameat', 1)],
      [5, nth(2, 'mkdirat', 1)],
    ])
    for (const [host, plan] of plans) fresh.disturb(host, plan)
    let [isOver, pid] = [false, 0]
    const running = other.lockstep(['setup'], { onStart: (own) => (pid = own) }).finally(() => (isOver = true))
    await Promise.all([...plans].map(([host, plan]) => fresh.standsStill(host, plan, () => isOver)))
    for (const one of itAndDescendants(pid, ourProgram)) endProcess(one)
    for (const host of plans.keys()) fresh.goOn(host)
    await running
    for (const host of hosts) fresh.calm(host)
    const idOf = (host: number): string => fleet.at(host, 'cat /opt/other/host.json 2>/dev/null || true')
    const ids = hosts.map(idOf)
    const clone = other.clone()
    await succeeds(clone, ['setup'])
    for (const [index, id] of ids.entries()) if (id !== '') assert.equal(idOf(index + 1), id)
    const { hosts: again } = await succeeds(other, ['deploy'])
    assert.deepEqual(statesIn(again), new Set(['kept']))
    const { findings } = (await other.json(['audit'])).value
    assert.deepEqual(
      listOf(findings).filter((one) => one['severity'] !== 'info'),
      [],
    )
    clone.remove()
    other.remove()
  })

  const hold = (host: number, lease: Readonly<Record<string, unknown>>): string =>
    fleet.at(host, `echo '${JSON.stringify({ fence: 0, ...lease })}' > /opt/shop/ledger/lease.json`)
  const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds

  test('a lease of a run elsewhere: who, until when, and what to type when it is known to be dead', async () => {
    await change()
    hold(2, { run: 'a1b2c3d4'.repeat(4), holder: 'alice@laptop (pid 7)', until: inSeconds(300) })
    const was = hosts.map(snapshot)
    for (const more of [[], ['--check'], ['--take-over', 'a1b2c3d5'], ['--hosts', 'host7']]) {
      const { status, value: said } = await project.json(['deploy', ...more])
      assert.equal(status, 8)
      const text = JSON.stringify(said)
      assert.match(text, /held by alice@laptop \(pid 7\) until \d{4}-.*"at":"host2".*--take-over a1b2c3d4/)
    }
    assert.equal((await project.json(['deploy', '--take-over', 'alice'])).status, 2)
    assert.deepEqual(hosts.map(snapshot), was)
    const taken = await succeeds(project, ['deploy', '--take-over', 'a1b2c3d4'])
    assert.match(JSON.stringify(taken['notes']), /host2: taken over from alice@laptop/)
    await converges(project)
  })

  test('two runs at once: the second is told of the first, which ends as if nothing had been', async () => {
    await change()
    const plan = disturbanceOf(1, places[2] ?? assert.fail(), 'receiver')
    disturber.disturb(1, plan)
    let isOver = false
    const running = project.json(['deploy']).finally(() => (isOver = true))
    await disturber.standsStill(1, plan, () => isOver)
    for (const host of hosts.slice(1)) disturber.calm(host)
    const { status, value: said } = await project.json(['deploy', '--hosts', 'host2,host3'])
    assert.equal(status, 8, JSON.stringify(said))
    assert.match(JSON.stringify(said), /held by .* \(pid \d+\) until .*wait for that run/)
    const { run } = JSON.parse(fleet.at(1, 'cat /opt/shop/ledger/lease.json'))
    disturber.goOn(1)
    assert.equal((await running).status, 0)
    await converges(project)
    // leases that hold nothing up: of a run that has ended, as the ledger knows, and one that has run out
    hold(4, { run, holder: 'alice@laptop (pid 7)', until: inSeconds(300) })
    hold(5, { run: 'b'.repeat(32), holder: 'alice@laptop (pid 7)', until: inSeconds(-1) })
    await converges(project)
  })

  test('a receiver that outlives its run keeps the next one away until it has ended', async () => {
    await change()
    const plan = disturbanceOf(1, places[4] ?? assert.fail(), 'receiver')
    disturber.disturb(1, plan)
    let [isOver, pid] = [false, 0]
    const running = project.lockstep(['deploy'], { onStart: (own) => (pid = own) }).finally(() => (isOver = true))
    await disturber.standsStill(1, plan, () => isOver)
    for (const one of itAndDescendants(pid, ourProgram)) endProcess(one)
    await running
    const { status, value: said } = await project.json(['deploy', '--hosts', 'host1'])
    assert.equal(status, 8, JSON.stringify(said))
    assert.match(JSON.stringify(said), /still at work on this host \(process \d+\).*kill \d+ there/)
    disturber.goOn(1)
    await isOldOrNew()
    await converges(project)
  })
})

const listOf = (found: unknown): readonly Readonly<Record<string, unknown>>[] => {
  if (!Array.isArray(found)) throw new Error(`no list: ${JSON.stringify(found)}`)
  return found
}

const errorAt = (place: Place): 'ENOSPC' | 'EIO' => (places.indexOf(place) % 2 === 0 ? 'ENOSPC' : 'EIO')

const namesIn = (found: unknown): ReadonlySet<unknown> => new Set(Array.isArray(found) ? found : [])

const statesIn = (found: unknown): ReadonlySet<unknown> => new Set(listOf(found).map((one) => one['state']))

const namesBelow = (directory: string): readonly string[] =>
  existsSync(directory) ? readdirSync(directory, { recursive: true, encoding: 'utf8' }) : []

/** What the real ansible-vault says against these hosts' files; nothing. */
const ansibleVault = (directories: readonly string[]): string => {
  const generations = directories.map((one) => join(one, readlinkSync(join(one, 'current'))))
  const passwords = generations.flatMap((one, index) => ['--vault-id', `host${index}@${join(one, 'vault-password')}`])
  const files = generations.flatMap((one) =>
    readdirSync(join(one, 'secrets'))
      .filter((name) => name.endsWith('.env'))
      .map((name) => join(one, 'secrets', name)),
  )
  const { status, stderr } = spawnSync('ansible-vault', ['view', ...passwords, ...files], { encoding: 'utf8' })
  return status === 0 ? '' : stderr
}
