/** Programs that get their secrets from a host: containers of any image, services of a compose file, systemd units. On a
 *  real host with a real engine and docker-compose; systemd is not PID 1 there, so `systemctl` is a small real program
 *  in its place (test/fleet/systemctl), and `systemd-analyze verify` judges the drop-ins. */
import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { builtExecutable } from '../support/built.ts'
import { newCanary, sightingsIn } from '../support/canary.ts'
import { startFleet, startProject } from '../support/fleet.ts'
import type { FleetProject, TestFleet } from '../support/fleet.ts'
import { baseImage } from '../support/image-base.ts'
import { must } from '../support/must.ts'

const canary = newCanary()
const head = 'project: shop\nrollout: { health_within: 15s }\ngroups: { aws: {}, web: {} }\ncontainers:\n'

suite('consumers on a real host', { concurrency: false }, () => {
  let fleet: TestFleet
  let project: FleetProject
  const work = mkdtempSync(join(tmpdir(), 'consumers-'))

  const at = (script: string): string => fleet.at(1, script).trim()

  /** What a program writes a moment after it was started, or told; as it is after ten seconds where it never does. */
  const soon = async (script: string, isMeant: (text: string) => boolean): Promise<string> => {
    for (let look = 0; look < 50 && !isMeant(at(script)); look++) await sleep(200)
    return at(script)
  }

  /** Says what runs there, and deploys it. */
  const deploy = async (containers: readonly string[] | null, status = 0): Promise<Outcome> => {
    if (containers !== null) project.write('lockstep.yaml', `${head}${containers.map((one) => `  ${one}\n`).join('')}`)
    const done = await project.json(['deploy'])
    assert.equal(done.status, status, JSON.stringify(done.value))
    return outcomeOf(done.value)
  }
  const set = async (name: string, input: string): Promise<void> => {
    const { status, stderr } = await project.lockstep(['set', name], { input })
    assert.equal(status, 0, stderr)
  }
  const imported = (name: string, tar: string, changes: readonly string[]): void => {
    copyFileSync(tar, join(fleet.directory, 'h1/priv/srv/image.tar'))
    const words = changes.map((change) => `--change '${change}'`).join(' ')
    at(`docker import ${words} /srv/image.tar ${name} && rm /srv/image.tar`)
  }

  before(async () => {
    builtExecutable()
    fleet = startFleet({ hosts: 1, net: 76, docker: true })
    copyFileSync(resolve(import.meta.dirname, 'systemctl'), join(fleet.directory, 'h1/priv/srv/systemctl'))
    at('install -m 755 /srv/systemctl /usr/bin/systemctl')
    writeFileSync(join(work, 'base.tar'), baseImage(join(work, 'base'), null))
    const loop = 'trap "exit 0" TERM; printenv > /tmp/seen; while :; do sleep 1 & wait; done'
    const program = `test "$WEB_KEY" != bad || exit 3; ${loop}`
    imported('shop/sh:1', join(work, 'base.tar'), [
      'USER node',
      `ENTRYPOINT ["sh", "-c"]`,
      `CMD [${JSON.stringify(program)}]`,
    ])
    must('tar', ['-C', resolve('node_modules/@esbuild/linux-x64/bin'), '-cf', join(work, 'static.tar'), 'esbuild'])
    imported('shop/static:1', join(work, 'static.tar'), ['CMD ["/esbuild", "--serve=127.0.0.1:8080"]'])
    project = await startProject(fleet, head.replace('containers:\n', ''), {
      aws: { AWS_KEY: canary },
      web: { WEB_KEY: 'good' },
    })
    const { status, stderr } = await project.lockstep(['setup'])
    assert.equal(status, 0, stderr)
  })
  after(() => {
    project.remove()
    fleet.down()
    rmSync(work, { recursive: true, force: true })
  })

  const nothingShows = (): void => {
    const shown = at(
      'docker inspect $(docker ps -aq) $(docker images -q); cat /opt/shop/compose/* /etc/systemd/system/*.d/* /opt/shop/before/* 2>/dev/null; ps axww -o args',
    )
    assert.deepEqual(sightingsIn('inspect', Buffer.from(shown), [canary]), [])
  }

  test('an image that knows nothing of us has its values, as its own user and as PID 1', async () => {
    const { containers } = await deploy([
      'env: { hosts: all, groups: [aws, web], image: "shop/sh:1", receive: environment, health: { command: [test, -s, /tmp/seen] } }',
      'files: { hosts: all, groups: [aws], image: "shop/sh:1", receive: files, health: { command: [test, -s, /tmp/seen] } }',
      'own: { hosts: all, groups: [aws], image: "shop/sh:1", receive: files, uid: 1000, health: { command: [test, -s, /tmp/seen] } }',
    ])
    assert.deepEqual(containers, ['env mounted ready', 'files mounted ready', 'own mounted ready'])
    for (const [name, seen] of [
      ['env', `AWS_KEY=${canary}`],
      ['files', 'AWS_KEY_FILE=/run/secrets/AWS_KEY'],
      ['own', 'AWS_KEY_FILE=/run/secrets/AWS_KEY'],
    ]) {
      assert.ok(at(`docker exec shop-${name} cat /tmp/seen`).split('\n').includes(`${seen}`), name)
      assert.equal(at(`docker exec shop-${name} cat /proc/1/comm`), 'sh')
      assert.match(at(`docker exec shop-${name} cat /proc/1/status`), /^Uid:\t1000\t1000\t1000\t1000$/m)
    }
    assert.equal(at('docker exec --user 1000 shop-own cat /run/secrets/AWS_KEY'), canary)
    assert.equal(at('docker exec --user 1000 shop-files stat -c "%a %u" /run/secrets/AWS_KEY'), '400 1000')
    nothingShows()
    const started = Date.now()
    at('docker stop -t 10 shop-env')
    assert.ok(Date.now() - started < 2000, 'SIGTERM ends it')
    assert.equal(at('docker inspect -f "{{.State.ExitCode}}" shop-env'), '0')
  })

  test('a changed executable is a finding, and the next deploy brings the one delivered', async () => {
    const findings = async (status: number): Promise<string> => {
      const answer = await project.json(['audit'])
      assert.equal(answer.status, status, JSON.stringify(answer.value))
      return JSON.stringify(answer.value)
    }
    const digest = at('sha256sum < /opt/shop/bin/lockstep')
    const before = await findings(0)
    assert.match(before, /"BEHIND","severity":"low".*"env: is not running"/)
    assert.doesNotMatch(before, /EXECUTABLE-DIFFERS/)
    at(
      'docker start shop-env; cd /opt/shop/bin; cp -p lockstep /srv/other && echo >> /srv/other && mv /srv/other lockstep',
    )
    const changed = await findings(9)
    assert.match(changed, /"EXECUTABLE-DIFFERS","severity":"high","host":"host1","path":"\/opt\/shop\/bin\/lockstep"/)
    assert.doesNotMatch(changed, /BEHIND/)
    assert.equal((await deploy(null)).state, 'restarted')
    assert.equal(at('sha256sum < /opt/shop/bin/lockstep'), digest)
    assert.doesNotMatch(await findings(0), /EXECUTABLE-DIFFERS|BEHIND/)
  })

  test('somebody else’s container of our name is never touched, and what to type hands over', async () => {
    const mine = 'mine: { hosts: all, groups: [aws], image: "shop/sh:1", command: ["exec sleep 1000"] }'
    const byHand = at('docker run -d --name shop-mine shop/sh:1; docker create --name shop-own-before shop/sh:1')
    const state = (): string =>
      at(`docker inspect -f '{{.Id}} {{.Name}} {{.State.Status}}' ${byHand.replace('\n', ' ')}`)
    const before = state()
    const taken = await deploy([mine], 8)
    assert.match(taken.problem, /there is a container shop-mine on it that lockstep did not start/)
    const [command = ''] = /docker stop .*-by-hand/.exec(taken.problem) ?? []
    assert.match((await deploy([mine.replace('mine', 'own')], 8)).problem, /a container shop-own-before on it/)
    assert.equal(state(), before)
    at(command)
    assert.deepEqual((await deploy([mine])).containers, ['mine mounted ready'])
    assert.equal(at('docker inspect -f "{{.State.Status}}" shop-mine-by-hand'), 'exited')
    at('docker rm -f shop-mine shop-mine-by-hand shop-own-before')
  })

  test('nor one that comes between the look and the delivery', async () => {
    at(`d=$(command -v docker); mv $d $d.real; cat > $d <<END
#!/bin/sh
case "\\$*" in "image inspect"*) $d.real run -d --name shop-raced shop/sh:1 >/dev/null 2>&1;; esac
exec $d.real "\\$@"
END
chmod 755 $d`)
    const current = at('readlink /opt/shop/current')
    const { problem } = await deploy(['raced: { hosts: all, groups: [aws], image: "shop/sh:1" }'], 10)
    at('d=$(command -v docker); mv $d.real $d')
    assert.match(problem, /raced: there is a container shop-raced that lockstep did not start; put back/)
    assert.equal(at('docker inspect -f "{{.State.Status}} {{len .Config.Labels}}" shop-raced'), 'running 0')
    assert.equal(at('readlink /opt/shop/current'), current)
    at('docker rm -f shop-raced')
  })

  const named = (): string => at('docker ps -a --format "{{.Names}} {{.State}}" | grep -E "^shop-(says|fine)" | sort')
  const says = (word: string): string =>
    `says: { hosts: all, groups: [web], image: "shop/sh:1", options: [--restart=always, --stop-signal=KILL], command: ["${word}"] }`
  const fine =
    'fine: { hosts: all, groups: [web], image: "shop/sh:1", options: [--stop-signal=KILL], command: ["exec sleep 1000"] }'
  const good = says('exec sleep 1000')
  const generations = (): readonly string[] => at('ls /opt/shop/generations').split('\n')

  test('one that fails at its first delivery is kept for its log, stopped, and holds no generation', async () => {
    const { problem } = await deploy([fine, says('echo one; exit 3')], 10)
    assert.match(problem, /says: it ended.*; docker logs shop-says-failed on host1$/)
    assert.equal(named(), 'shop-says-failed exited', 'what went well beside it did not fail')
    assert.equal(at('docker logs shop-says-failed | sort -u'), 'one')
    assert.equal(at('docker inspect -f "{{.HostConfig.RestartPolicy.Name}}" shop-says-failed'), 'no')
    assert.match((await project.lockstep(['status'])).stdout, /says +- +none +missing/)
    assert.deepEqual((await deploy([fine, good])).containers, ['fine mounted ready', 'says mounted ready'])
    assert.equal(named(), 'shop-fine running\nshop-says running')
  })

  test('the next one that fails takes its place, and the one before runs again', async () => {
    const id = at('docker inspect -f "{{.Id}}" shop-says')
    for (const word of ['two', 'three']) {
      await set('WEB_KEY', `good ${word}`)
      const { problem } = await deploy([fine, says(`echo ${word}; exit 3`)], 10)
      assert.match(problem, /put back on generation \d+; docker logs shop-says-failed on host1$/)
      assert.equal(at('docker logs shop-says-failed | sort -u'), word)
      assert.equal(at('docker inspect -f "{{.Id}}" shop-says'), id)
      assert.equal(named(), 'shop-fine running\nshop-says running\nshop-says-failed exited')
      const number = at(`docker inspect -f '{{index .Config.Labels "lockstep.generation"}}' shop-says-failed`)
      assert.match(number, /^\d+$/)
      assert.ok(!generations().includes(number), 'it holds no generation')
    }
    // a name that somebody else has is left alone
    at('docker rm -f shop-says-failed && docker create --name shop-says-failed shop/sh:1')
    const { problem } = await deploy(null, 10)
    assert.match(problem, /mend that on host1, then run this again$/)
    assert.equal(at('docker inspect -f "{{len .Config.Labels}}" shop-says-failed'), '0')
    await deploy([fine, good])
    assert.equal(named(), 'shop-fine running\nshop-says running\nshop-says-failed created')
    at('docker rm -f shop-says-failed')
  })

  test('an image that cannot be had stops the delivery before anything is touched', async () => {
    const state = (): string =>
      at(
        'docker ps -a --no-trunc --format "{{.ID}} {{.Names}} {{.State}}" | sort; readlink /opt/shop/current; ls /opt/shop/generations',
      )
    const before = state()
    await set('WEB_KEY', 'good again')
    const { problem, containers } = await deploy([fine, good.replace('shop/sh:1', 'localhost:1/shop/none:1')], 10)
    assert.match(
      problem,
      /^says: its image cannot be had: .*; nothing was touched; on host1: docker pull localhost:1\/shop\/none:1, or/,
    )
    assert.deepEqual(containers, ['fine', 'says'])
    assert.equal(state(), before)
  })

  test('a port that is taken is told in the words of the engine', async () => {
    at('docker run -d --name taken -p 127.0.0.1:18099:80 shop/sh:1')
    const publish = 'publish: ["127.0.0.1:18099:80"], command'
    const { problem } = await deploy([fine, good.replace('command', publish)], 10)
    at('docker rm -f taken')
    assert.match(problem, /says: .*port is already allocated.*; put back on generation \d+; mend that on host1/)
    assert.equal(named(), 'shop-fine running\nshop-says running')
    await set('WEB_KEY', 'good')
    at('docker rm -f shop-fine shop-says')
  })

  test('an image without glibc is refused before anything is touched', async () => {
    const { problem } = await deploy(
      ['none: { hosts: all, groups: [aws], image: "shop/static:1", receive: environment }'],
      10,
    )
    assert.match(problem, /it has no \/lib64\/ld-linux-x86-64\.so\.2.*glibc/)
    assert.equal(at('docker ps -a --format "{{.Names}}" | grep -c none || true'), '0')
  })

  test('a service of a compose file is re-created with the new generation, and nothing else is', async () => {
    at(`mkdir -p /srv/shop && cat > /srv/shop/compose.yaml <<'END'
version: "3.8"
services:
  db: { image: "shop/sh:1" }
  worker:
    image: shop/sh:1
    depends_on: [db]
    environment: { MODE: "a$$b" }
END
cd /srv/shop && docker-compose up -d 2>/dev/null`)
    const db = at('docker inspect -f "{{.Id}} {{.State.StartedAt}}" shop_db_1')
    const service =
      'worker: { hosts: all, groups: [aws, web], compose: /srv/shop/compose.yaml#worker, receive: environment, health: { command: [test, -s, /tmp/seen] } }'
    const { containers } = await deploy([service])
    assert.deepEqual(containers, ['worker mounted ready'])
    const seen = at('docker exec shop_worker_1 cat /tmp/seen')
    assert.match(seen, /^WEB_KEY=good$/m)
    assert.match(seen, /^MODE=a\$b$/m)
    assert.match(at('docker exec shop_worker_1 cat /proc/1/status'), /^Uid:\t1000\t/m)
    nothingShows()
    assert.equal((await deploy(null)).state, 'kept')
    assert.equal(at('docker inspect -f "{{.Id}} {{.State.StartedAt}}" shop_db_1'), db)
  })

  test('a service that does not come up is put back on the generation before', async () => {
    const override = at('cat /opt/shop/compose/worker.yaml')
    await set('WEB_KEY', 'bad')
    const { problem } = await deploy(null, 10)
    assert.match(problem, /worker: it ended.*; put back on generation \d/)
    assert.equal(at('cat /opt/shop/compose/worker.yaml'), override)
    assert.match(at('docker exec shop_worker_1 cat /tmp/seen'), /^WEB_KEY=good$/m)
    assert.equal(at('ls /opt/shop/before'), '')
  })

  for (const { step, when } of [
    { step: 'before the service is re-created', when: '*up*) kill -9 $PPID' },
    { step: 'once it is re-created', when: '*-d*) /usr/bin/docker-compose "$@"; kill -9 $PPID' },
  ]) {
    test(`killed on the host ${step}, the next deploy finishes`, async () => {
      at(`printf '#!/bin/sh\\ncase "$*" in ${when};; esac\\nexec /usr/bin/docker-compose "$@"\\n' > /usr/local/bin/docker-compose
        chmod +x /usr/local/bin/docker-compose`)
      const value = `after ${step}`
      await set('WEB_KEY', value)
      const { status } = await project.json(['deploy'])
      assert.notEqual(status, 0)
      at('rm /usr/local/bin/docker-compose')
      assert.deepEqual((await deploy(null)).containers, ['worker mounted ready'])
      assert.ok(at('docker exec shop_worker_1 cat /tmp/seen').includes(`WEB_KEY=${value}`))
      assert.equal(at('ls /opt/shop/before'), '')
    })
  }

  test('systemd units get a drop-in: values in the environment, as files, or the scope as credentials', async () => {
    const program = (name: string): string =>
      `/bin/sh -c "env > /run/seen-${name}; id -un >> /run/seen-${name}; test \\"$$WEB_KEY\\" != bad && exec sleep 1000"`
    const units = {
      'env.service': `User=deploy\nExecStart=-${program('env')}`,
      'files.service': `ExecStart=${program('files')}`,
      'creds.service': `User=deploy\nExecStart=${program('creds')}`,
      'job.service': `Type=oneshot\nExecStart=${program('job').replace('exec sleep 1000', 'true')}`,
    }
    for (const [name, service] of Object.entries(units)) {
      writeFileSync(join(fleet.directory, 'h1/priv/srv', name), `[Unit]\nDescription=x\n[Service]\n${service}\n`)
    }
    at('cd /srv && cp *.service /etc/systemd/system/ && chmod 1777 /run && systemctl daemon-reload')
    at("printf '[Timer]\\nOnCalendar=daily\\n' > /etc/systemd/system/job.timer")
    const { containers } = await deploy([
      'env: { hosts: all, groups: [aws, web], systemd: env.service }',
      'files: { hosts: all, groups: [aws], health: { command: [test, -s, /run/seen-files] }, systemd: files.service, receive: files }',
      'creds: { hosts: all, groups: [aws], health: { command: [test, -s, /run/seen-creds] }, systemd: creds.service, receive: mount }',
      'job: { hosts: all, groups: [aws], systemd: job.service }',
    ])
    assert.deepEqual(containers, [
      'env mounted ready',
      'files mounted ready',
      'creds mounted ready',
      'job mounted waiting',
    ])
    assert.match(at('cat /run/seen-env'), new RegExp(`^AWS_KEY=${canary}$[^]*^deploy$`, 'm'))
    assert.match(at('cat /run/seen-files'), /^AWS_KEY_FILE=\/run\/lockstep\.shop\.files\/secrets\/AWS_KEY$/m)
    assert.equal(at('stat -c "%a %U %n" /run/lockstep.shop.files/secrets'), '700 root /run/lockstep.shop.files/secrets')
    assert.equal(at('ls /run/credentials/creds.service'), 'all-secrets.env\naws.env\nmanifest.json\nvault-password')
    assert.equal(at('ls /run/seen-job 2>&1 | grep -c "No such"'), '1')
    nothingShows()
    for (const name of Object.keys(units)) {
      assert.equal(at(`SYSTEMD_LOG_LEVEL=warning systemd-analyze verify /etc/systemd/system/${name} 2>&1`), '')
    }
    assert.equal((await deploy(null)).state, 'kept')
    at('systemctl stop files.service')
    assert.equal(at('ls -d /run/lockstep.* 2>/dev/null || true'), '')
    at('systemctl start job.service')
    assert.match(at('cat /run/seen-job'), new RegExp(`^AWS_KEY=${canary}$`, 'm'))
  })

  test('a unit that does not come up has its drop-in of before again', async () => {
    const before = at('cat /etc/systemd/system/env.service.d/lockstep.conf')
    await set('WEB_KEY', 'bad')
    const { problem } = await deploy(null, 10)
    assert.match(problem, /env: it ended with .*put back on generation/)
    assert.equal(at('cat /etc/systemd/system/env.service.d/lockstep.conf'), before)
    assert.equal(at('systemctl show env.service --property=ActiveState'), 'ActiveState=active')
    assert.equal(at('ls /opt/shop/before'), '')
  })

  const generationIn = (text: string): number | null =>
    text.endsWith('}') ? JSON.parse(text).manifest.generation.number : null
  const generationSoon = async (script: string, number: number): Promise<number | null> =>
    generationIn(await soon(script, (text) => generationIn(text) === number))
  const look = 'cat /run/lockstep/current/secrets/manifest.json > /tmp/seen'
  const told = (word: string): readonly string[] => [
    `sig: { hosts: all, groups: [web], image: "shop/sh:1", uid: 1000, on_change: signal, health: { command: [test, -s, /tmp/seen] }, command: ['trap "exit 0" TERM; trap "${look}" HUP; ${look}; while :; do sleep 1 & wait; done'] }`,
    `cmd: { hosts: all, groups: [web], image: "shop/sh:1", uid: 1000, health: { command: [test, -s, /tmp/seen] }, on_change: { command: [sh, -c, "${look} && ${word}"] } }`,
    'later: { hosts: all, groups: [web], image: "shop/sh:1", receive: environment, on_change: none, health: { command: [test, -s, /tmp/seen] } }',
    'unit: { hosts: all, groups: [web], systemd: live.service, receive: mount, on_change: { signal: USR1 }, health: { command: [test, -s, /run/seen-live] } }',
  ]

  test('a program that can be told sees the new generation without being re-created', async () => {
    const text = look.replace('/tmp/seen', '/run/seen-live')
    writeFileSync(
      join(fleet.directory, 'h1/priv/srv/live.sh'),
      `#!/bin/sh\ntrap '${text}' USR1\n${text}\nwhile :; do sleep 1 & wait; done\n`,
    )
    at(
      "chmod +x /srv/live.sh; printf '[Service]\nExecStart=/srv/live.sh\n' > /etc/systemd/system/live.service; systemctl daemon-reload",
    )
    await set('WEB_KEY', 'good')
    const names = ['sig', 'cmd', 'later']
    assert.deepEqual((await deploy(told('true'))).containers, [
      ...names.map((name) => `${name} mounted ready`),
      'unit mounted ready',
    ])
    assert.equal(at('SYSTEMD_LOG_LEVEL=warning systemd-analyze verify /etc/systemd/system/live.service 2>&1'), '')
    const running = (): string =>
      at(`docker inspect -f '{{.Id}} {{.State.StartedAt}}' ${names.map((name) => `shop-${name}`).join(' ')}
        systemctl show live.service --property=MainPID`)
    const before = running()
    await set('WEB_KEY', 'told')
    const done = await deploy(null)
    assert.deepEqual(done.containers, [
      'sig mounted ready',
      'cmd mounted ready',
      'later none waiting',
      'unit mounted ready',
    ])
    assert.equal(running(), before)
    const number = Number(at('readlink /opt/shop/current').replace('generations/', ''))
    for (const look of [
      'docker exec shop-sig cat /tmp/seen',
      'docker exec shop-cmd cat /tmp/seen',
      'cat /run/seen-live',
    ])
      assert.equal(await generationSoon(look, number), number, look)
    assert.equal((await deploy(null)).state, 'kept')
    assert.equal(at('ls /opt/shop/live/sig'), `${number}\ncurrent`)
    const { stdout } = await project.lockstep(['status'])
    assert.match(stdout, /later +- +none +waiting, generation \d+ is there for its next start/)
    at('docker restart -t 5 shop-later')
    const isTold = (text: string): boolean => /^WEB_KEY=told$/m.test(text)
    assert.ok(isTold(await soon('docker exec shop-later cat /tmp/seen', isTold)))
    assert.match((await project.lockstep(['status'])).stdout, /later +\d+ +mounted +ready/)
    const { findings } = JSON.parse(JSON.stringify((await project.json(['audit'])).value))
    const wrong = findings.filter(({ severity }: { severity: string }) => ['high', 'medium'].includes(severity))
    const ids = new Set(wrong.map((one: { id: string }) => one.id))
    assert.deepEqual([...ids], ['NOT-DECLARED'], 'only what was taken out of the manifest')
  })

  test('where telling it fails, it has the generation before again', async () => {
    const before = at('readlink /opt/shop/live/cmd/current')
    await set('WEB_KEY', 'untold')
    const { problem } = await deploy(told('false'), 10)
    assert.match(problem, /cmd: it could not be told \(exec ended with 1\).*put back on generation/)
    for (const name of ['sig', 'cmd']) assert.equal(at(`readlink /opt/shop/live/${name}/current`), before)
    assert.equal(await generationSoon('docker exec shop-sig cat /tmp/seen', Number(before)), Number(before))
  })

  test('a unit that is not there is said before anything is touched', async () => {
    const { problem, state } = await deploy(['gone: { hosts: all, groups: [aws], systemd: gone.service }'], 3)
    assert.equal(state, 'refused')
    assert.match(problem, /no unit gone\.service/)
  })
})

interface Outcome {
  readonly state: string
  /** `name proof state` */
  readonly containers: readonly string[]
  /** Message and hint. */
  readonly problem: string
}

const outcomeOf = (value: Record<string, unknown>): Outcome => {
  const { hosts } = JSON.parse(JSON.stringify(value))
  const [host] = hosts
  return {
    state: host.state,
    containers: host.containers.map((one: { container: string; proof: { proof: string; state: string } | null }) =>
      [one.container, one.proof?.proof, one.proof?.state].filter(Boolean).join(' '),
    ),
    problem: [host.problem?.message, host.problem?.hint].filter(Boolean).join('; '),
  }
}
