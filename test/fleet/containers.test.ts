/** The real API image and one of somebody else's on real hosts with an engine each, from set-up to what goes wrong. All
 *  that time somebody asks the API of the first host what it uses. */
import assert from 'node:assert/strict'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { newCanary, sightingsBelow, sightingsIn } from '../support/canary.ts'
import { startFleet, startProject } from '../support/fleet.ts'
import type { FleetProject, TestFleet } from '../support/fleet.ts'
import { apiImage, foreignImage, imagesTar } from '../support/images.ts'
import { endProcess, itAndDescendants, ourProgram } from './standstill.ts'

interface Shape {
  readonly api?: string
  readonly rollout?: string
}

/** The API uses `session`, the other image `aws`. */
const manifest = ({ api = 'health: /health', rollout = 'health_within: 20s' }: Shape = {}): string => `project: shop
groups: { aws: {}, session: {} }
containers:
  api:
    hosts: all
    groups: [session]
    image: ${apiImage}
    publish: ["127.0.0.1:8080:8080"]
    status: /api/secrets/status
    uid: 1000
    ${api}
  report:
    hosts: all
    groups: [aws]
    image: ${foreignImage}
    uid: 1000
    health: { command: [test, -d, /app/secrets] }
    command: [sh, -c, 'trap "exit 0" TERM; while :; do sleep 1 & wait; done']
rollout: { ${rollout} }
`

interface Outcome {
  readonly host: string
  readonly state: string
  readonly from: number | null
  readonly to: number | null
  readonly problem: { readonly message: string } | null
  readonly containers: readonly {
    readonly container: string
    readonly action: string
    readonly proof: { readonly proof: string; readonly generation: number; readonly state: string } | null
  }[]
}

suite('containers on real hosts', { concurrency: false }, () => {
  let fleet: TestFleet
  let project: FleetProject
  const canaries: string[] = []

  before(async () => {
    fleet = startFleet({ hosts: 2, net: 94, docker: true, images: [await imagesTar()] })
    const [id, key, session] = [fresh(), fresh(), fresh()]
    project = await startProject(fleet, manifest(), {
      aws: { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: key },
      session: { SESSION_KEY: session },
    })
    writeFileSync(held(1, 'hammer.py'), hammer)
    fleet.at(1, 'python3 /srv/hammer.py > /srv/seen 2>&1 & echo $! > /srv/hammer.pid')
  })
  after(() => {
    project.remove()
    fleet.down()
  })

  const fresh = (): string => {
    const canary = newCanary()
    canaries.push(canary)
    return canary
  }

  const change = async (name: string): Promise<void> => {
    const { status, stderr } = await project.lockstep(['set', name], { input: fresh() })
    assert.equal(status, 0, stderr)
  }

  const deploy = async (status: number, more: readonly string[] = [], from = project): Promise<readonly Outcome[]> => {
    const answer = await from.json(['deploy', ...more])
    assert.equal(answer.status, status, JSON.stringify(answer.value))
    return hostsOf(answer.value)
  }

  const hosts = [1, 2]
  /** Which containers run, since when. */
  const running = (host: number): string =>
    fleet.at(host, 'docker ps -q --no-trunc | sort | xargs docker inspect -f "{{.Name}} {{.Id}} {{.State.StartedAt}}"')
  const snapshot = (host: number): string => fleet.at(host, 'find /opt -printf "%p %y %u %m %i %T@ %C@ %l\\n" | sort')
  const current = (host: number): number =>
    Number(fleet.at(host, 'readlink /opt/shop/current').trim().slice('generations/'.length))
  /** Whom a container was started for: names and generations. */
  const labels = (host: number): string =>
    fleet.at(host, 'docker ps -a --format \'{{.Names}} {{.Label "lockstep.generation"}} {{.State}}\' | sort').trim()
  /** The API's own word on what it uses, from its host. */
  const status = (host: number): { readonly state: string; readonly generation: { readonly number: number } } =>
    JSON.parse(fleet.at(host, `python3 -c "${ask}"`))
  const held = (host: number, name: string): string => join(fleet.directory, `h${host}`, 'priv/srv', name)

  test('setup starts nothing; deploy creates all of them and proves each', async () => {
    const done = await project.json(['setup'])
    assert.equal(done.status, 0, JSON.stringify(done.value))
    assert.deepEqual(hosts.map(labels), ['', ''])
    const outcomes = await deploy(0)
    for (const one of outcomes) {
      assert.deepEqual(proofs(one), ['api create reported 1 ready', 'report create mounted 1 ready'])
    }
    for (const host of hosts) {
      assert.equal(labels(host), 'shop-api 1 running\nshop-report 1 running')
      assert.equal(status(host).state, 'ready')
    }
  })

  test('its scope is owned by its uid, and nobody else’s is beside it', () => {
    const scope = '/opt/shop/current/containers/api'
    const owners = fleet.at(
      1,
      `stat -c "%u %a %n" ${scope} ${scope}/vault-password ${scope}/secrets ${scope}/secrets/*`,
    )
    const [first, ...rest] = owners.trim().split('\n')
    assert.equal(first, `1000 700 ${scope}`)
    assert.ok(rest.length > 3)
    for (const line of rest) assert.match(line, /^1000 (600|700) /)
    assert.equal(fleet.at(1, 'docker exec shop-api id -u').trim(), '1000')
    const seen = fleet.at(1, 'docker exec shop-api sh -c "ls /app/secrets; grep -c . /proc/mounts; cat /proc/mounts"')
    assert.match(seen, /session\.env/)
    assert.doesNotMatch(seen, /aws\.env|containers\/report/)
  })

  test('a second deploy writes nothing and restarts nothing', async () => {
    const was = hosts.map((host) => [snapshot(host), running(host)])
    for (const verb of ['deploy', 'status']) assert.equal((await project.json([verb])).status, 0, verb)
    assert.deepEqual(
      hosts.map((host) => [snapshot(host), running(host)]),
      was,
    )
  })

  test('a changed secret re-creates the containers that use it and no others, one host at a time', async () => {
    const of = (host: number, name: string): string | undefined =>
      running(host)
        .split('\n')
        .find((line) => line.includes(name))
    const was = hosts.map((host) => [of(host, 'api'), of(host, 'report')])
    await change('SESSION_KEY')
    const { status: ended, stderr } = await project.lockstep(['deploy'])
    assert.equal(ended, 0, stderr)
    for (const [index, host] of hosts.entries()) {
      assert.notEqual(of(host, 'api'), was[index]?.[0])
      assert.equal(of(host, 'report'), was[index]?.[1])
      assert.equal(labels(host), 'shop-api 2 running\nshop-report 1 running')
    }
    const steps = stderr.split('\n').filter((line) => /re-creates|switches/.test(line))
    assert.deepEqual(
      steps.map((line) => line.split(/\s+/).slice(0, 2).join(' ')),
      ['host1 switches', 'host1 re-creates', 'host2 switches', 'host2 re-creates'],
    )
  })

  for (const { name, api, message } of [
    { name: 'a health page that is not there', api: 'health: /nobody', message: /health page answered 404/ },
    { name: 'a program that ends', api: 'command: [node, -e, process.exit(3)]', message: /it ended/ },
    { name: 'a program that has no secrets', api: 'mount: /elsewhere', message: /./ },
  ]) {
    test(`${name} stops the roll-out at the first host, which goes back`, async () => {
      const [number, was] = [current(1), hosts.map((host) => running(host).split('\n').toSorted())]
      const other = snapshot(2)
      project.write('lockstep.yaml', manifest({ api, rollout: 'health_within: 3s' }))
      await change('SESSION_KEY')
      const [first, second] = await deploy(10)
      assert.deepEqual([first?.state, second?.state], ['failed', 'held-back'])
      assert.match(first?.problem?.message ?? '', message)
      assert.match(first?.problem?.message ?? '', new RegExp(`^api: .*put back on generation ${number}$`))
      assert.match(second?.problem?.message ?? '', /held back: host1 failed first/)
      assert.deepEqual(hosts.map(current), [number, number])
      // the same containers as before, the old one started again
      const idsOf = (lines: readonly string[]): readonly (string | undefined)[] =>
        lines.map((line) => line.split(' ')[1])
      assert.deepEqual(idsOf(running(1).split('\n').toSorted()), idsOf(was[0] ?? []))
      assert.equal(status(1).generation.number, number)
      assert.deepEqual(running(2).split('\n').toSorted(), was[1])
      assert.equal(withoutStaged(snapshot(2)), withoutStaged(other))
    })
  }

  test('the next good one brings all in step', async () => {
    project.write('lockstep.yaml', manifest())
    for (const { state, containers } of await deploy(0)) {
      assert.equal(state, 'delivered')
      const api = containers.find((each) => each.container === 'api')
      assert.deepEqual([api?.proof?.proof, api?.proof?.state], ['reported', 'ready'])
    }
  })

  test('an engine that is down is named; the other host is delivered to, and a later run brings both in step', async () => {
    fleet.at(2, 'kill $(cat /var/run/docker.pid); while [ -e /var/run/docker.pid ]; do sleep 0.1; done')
    await change('SESSION_KEY')
    const [one, two] = await deploy(10)
    assert.deepEqual([one?.state, two?.state], ['delivered', 'refused'])
    assert.match(two?.problem?.message ?? '', /container engine does not answer/)
    fleet.stop(2)
    fleet.start(2)
    await until('the engine is back', () => fleet.statusAt(2, 'docker ps') === 0)
    assert.deepEqual(
      (await deploy(0)).map((each) => each.state),
      ['kept', 'delivered'],
    )
    for (const host of hosts) assert.equal(status(host).generation.number, current(host))
  })

  const generations = (): readonly string[] => fleet.at(1, 'ls /opt/shop/generations').trim().split('\n')
  /** Containers of somebody's that each mount the generation that was in force then; one of them never ran. */
  const pinned: string[] = []
  const pin = (verb: 'create' | 'run -d'): void => {
    const source = `/opt/shop/generations/${current(1)}/secrets`
    const mount = `--mount type=bind,source=${source},target=/s --entrypoint /bin/sh`
    fleet.at(1, `docker ${verb} --name pin-${pinned.length} ${mount} ${foreignImage} -c 'while :; do sleep 1; done'`)
    pinned.push(String(current(1)))
  }

  interface Act {
    /** A command of the engine's, and what happens on the host before or after it: its parent process is the receiver. */
    readonly at: string
    readonly when: 'before' | 'after'
    readonly act: string
  }
  const [kill, restart] = ['kill -9 $PPID', 'docker.real restart -t 1 shop-api']
  const interruptions: readonly { readonly name: string; readonly acts: readonly Act[]; readonly ends: boolean }[] = [
    {
      name: 'the receiver killed once the old one is stopped',
      acts: [{ at: 'stop', when: 'after', act: kill }],
      ends: true,
    },
    {
      name: 'the receiver killed once the new one is started',
      acts: [{ at: 'run', when: 'after', act: kill }],
      ends: true,
    },
    {
      name: 'restarted as soon as it is started, and before the old one is removed',
      acts: [
        { at: 'run', when: 'after', act: restart },
        { at: 'rm -f', when: 'before', act: restart },
      ],
      ends: false,
    },
  ]

  const whileAt = async <T>(acts: readonly Act[], work: () => Promise<T>): Promise<T> => {
    const cases = acts.map(
      ({ at, when, act }) => `"${at}"*) ${when === 'after' ? `docker.real "$@"; ${act}; exit` : act};;`,
    )
    const text = `#!/bin/sh\ncase "$*" in\n${cases.join('\n')}\nesac\nexec docker.real "$@"\n`
    writeFileSync(held(1, 'docker'), text)
    fleet.at(1, 'd=$(command -v docker); mv $d $(dirname $d)/docker.real && install -m 755 /srv/docker $d')
    try {
      return await work()
    } finally {
      fleet.at(1, 'd=$(command -v docker); mv $(dirname $d)/docker.real $d')
    }
  }

  const isInStep = async (from: FleetProject): Promise<void> => {
    await deploy(0, ['--hosts', 'host1'], from)
    assert.match(labels(1), new RegExp(`^shop-api ${current(1)} running$`, 'm'))
    assert.doesNotMatch(labels(1), /-before/)
    assert.equal(status(1).generation.number, current(1))
  }

  for (const { name, acts, ends } of interruptions) {
    test(`${name}: one generation, and the next deploy finishes`, async () => {
      if (pinned.length < 2) pin(pinned.length === 0 ? 'create' : 'run -d')
      await change('SESSION_KEY')
      const answer = await whileAt(acts, () => project.json(['deploy', '--hosts', 'host1']))
      const [one] = hostsOf(answer.value)
      if (ends) assert.equal(one?.state, 'failed', JSON.stringify(answer.value))
      await until('it serves', () => fleet.statusAt(1, `python3 -c "${ask}"`) === 0)
      await isInStep(project)
    })
  }

  test('lockstep killed once the new one is started: another clone finishes', async () => {
    await change('SESSION_KEY')
    writeFileSync(held(1, 'hold'), '')
    const stand = 'touch /srv/reached; while [ -e /srv/hold ]; do sleep 0.1; done'
    await whileAt([{ at: 'run', when: 'after', act: stand }], async () => {
      let pid = 0
      const ended = project.lockstep(['deploy', '--hosts', 'host1'], { onStart: (own) => (pid = own) })
      try {
        await until('it stands still', () => existsSync(held(1, 'reached')))
      } finally {
        for (const one of itAndDescendants(pid, ourProgram)) endProcess(one)
        await ended
        rmSync(held(1, 'hold'))
      }
    })
    const other = project.clone()
    await isInStep(other)
    other.remove()
  })

  test('generations that a container mounts stay, whether it runs or not', async () => {
    assert.equal(pinned.filter((one) => generations().includes(one)).length, 2)
    assert.ok(current(1) > Number(pinned[1]) + 1, 'nothing else keeps them')
    fleet.at(1, 'docker rm -f pin-0 pin-1')
    await change('SESSION_KEY')
    await deploy(0, ['--hosts', 'host1'])
    assert.deepEqual(
      pinned.filter((one) => generations().includes(one)),
      [],
    )
  })

  test('whoever asked it never saw a mixed pair', () => {
    fleet.at(1, 'kill $(cat /srv/hammer.pid)')
    const seen = fleet.at(1, 'cat /srv/seen').trim().split('\n')
    const pairs = new Map<string, Set<string>>()
    for (const line of seen) {
      const [generation = '', digest = '', state = '', error = ''] = line.split(' ')
      // only the one without secrets has no generation
      assert.deepEqual([state, error], generation === 'None' ? ['degraded', 'NOT_FOUND'] : ['ready', 'None'], line)
      pairs.set(generation, (pairs.get(generation) ?? new Set()).add(digest))
    }
    for (const [generation, digests] of pairs) assert.equal(digests.size, 1, `generation ${generation}`)
    assert.ok(pairs.size > 8, `${pairs.size} generations in ${seen.length} answers`)
    const logs = fleet.at(1, 'for c in $(docker ps -aq); do docker logs $c 2>&1; done')
    assert.doesNotMatch(logs, /TAMPERED/)
  })

  test('no value in what the engine knows, in logs, or on its disk', () => {
    for (const host of hosts) {
      const known = fleet.at(
        host,
        'for c in $(docker ps -aq); do docker inspect $c; docker logs $c 2>&1; done; docker events --since 1h --until 0s 2>/dev/null; cat /var/log/dockerd.log',
      )
      assert.deepEqual(sightingsIn('engine', Buffer.from(known), canaries), [])
      const kept = ['containers', 'image'].map((name) => join(fleet.directory, `h${host}`, 'priv/var/lib/docker', name))
      assert.deepEqual(sightingsBelow(kept, canaries), [])
    }
  })
})

const ask =
  'import urllib.request as r; print(r.urlopen("http://127.0.0.1:8080/api/secrets/status", timeout=3).read().decode())'.replaceAll(
    '"',
    "'",
  )

const hammer = `import json, time, urllib.request, urllib.error
while True:
    try:
        text = urllib.request.urlopen('http://127.0.0.1:8080/api/secrets/status', timeout=2).read()
    except urllib.error.HTTPError as error:
        text = error.read()
    except Exception:
        time.sleep(0.02)
        continue
    page = json.loads(text)
    print((page.get('generation') or {}).get('id'), page.get('digest'), page.get('state'), (page.get('lastError') or {}).get('code'), flush=True)
    time.sleep(0.03)
`

const hostsOf = (value: Record<string, unknown>): readonly Outcome[] => {
  const { hosts } = value
  if (!Array.isArray(hosts)) throw new Error(`no hosts in ${JSON.stringify(value)}`)
  return hosts
}

const proofs = ({ containers }: Outcome): readonly string[] =>
  containers.map(({ container, action, proof }) =>
    [container, action, proof?.proof, proof?.generation, proof?.state].join(' '),
  )

/** Less what is brought before anything is switched, and who holds the host. */
const withoutStaged = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/generations|ledger|^\/opt\/shop /.test(line))
    .join('\n')

const until = async (what: string, work: () => boolean): Promise<void> => {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(100)) if (work()) return
  assert.fail(`never: ${what}`)
}
