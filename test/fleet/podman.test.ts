/** Podman where there is no docker: the same containers, mounts, proofs and ways back. */
import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { builtExecutable } from '../support/built.ts'
import { newCanary, sightingsIn } from '../support/canary.ts'
import { startFleet, startProject } from '../support/fleet.ts'
import type { FleetProject, TestFleet } from '../support/fleet.ts'
import { baseImage } from '../support/image-base.ts'

const canary = newCanary()
const loop =
  'trap "exit 0" TERM; printenv > /tmp/seen; test "$WEB_KEY" != bad || exit 3; while :; do sleep 1 & wait; done'
const health = 'health: { command: [test, -s, /tmp/seen] }'
const manifest = `project: shop
rollout: { health_within: 15s }
containers:
  env: { hosts: all, groups: [web], image: "localhost/shop/sh:1", receive: environment, ${health} }
  own: { hosts: all, groups: [web], image: "localhost/shop/sh:1", uid: 1000, ${health} }
  told: { hosts: all, groups: [web], image: "localhost/shop/sh:1", uid: 1000, ${health}, on_change: { command: [touch, /tmp/told] } }
`

suite('a host with podman', { concurrency: false }, () => {
  let fleet: TestFleet
  let project: FleetProject
  const work = mkdtempSync(join(tmpdir(), 'podman-'))
  const at = (script: string): string => fleet.at(1, script).trim()
  const set = async (value: string): Promise<void> => {
    assert.equal((await project.lockstep(['set', 'WEB_KEY'], { input: value })).status, 0)
  }

  before(async () => {
    builtExecutable()
    fleet = startFleet({ hosts: 1, net: 75 })
    // /var is an overlay there, on which podman's own overlay does not work
    at(`rm -f /usr/bin/docker /usr/local/bin/docker
      printf '[storage]\\ndriver = "vfs"\\ngraphroot = "/srv/containers"\\nrunroot = "/run/containers"\\n' > /etc/containers/storage.conf`)
    writeFileSync(join(work, 'base.tar'), baseImage(join(work, 'base'), null))
    copyFileSync(join(work, 'base.tar'), join(fleet.directory, 'h1/priv/srv/image.tar'))
    at(`podman import --change 'USER node' --change 'ENTRYPOINT ["sh", "-c"]' --change 'CMD [${JSON.stringify(loop)}]' \\
      /srv/image.tar localhost/shop/sh:1`)
    project = await startProject(fleet, manifest, { web: { WEB_KEY: canary } })
    assert.equal((await project.lockstep(['setup', '--watch'])).status, 0)
  })
  after(() => {
    at('podman rm -f -t 1 -a')
    project.remove()
    fleet.down()
    rmSync(work, { recursive: true, force: true })
  })

  test('containers are run and proved by it', async () => {
    const { status, stdout, stderr } = await project.lockstep(['deploy'])
    assert.equal(status, 0, stdout + stderr)
    assert.match(stdout, /env \(mounted, ready\), own \(mounted, ready\), told \(mounted, ready\)/)
    assert.ok(at('podman exec shop-env cat /tmp/seen').includes(`WEB_KEY=${canary}`))
    assert.equal(at('podman exec shop-env cat /proc/1/comm'), 'sh')
    assert.equal(
      at('podman exec shop-own sh -c "stat -c %u /app/vault-password; cat /app/vault-password > /dev/null"'),
      '1000',
    )
    assert.deepEqual(sightingsIn('inspect', Buffer.from(at('podman inspect $(podman ps -aq)')), [canary]), [])
    assert.match((await project.lockstep(['deploy'])).stdout, /nothing changed/)
  })

  test('what one reads is written down with its name', () => {
    const { path, container, ours } = JSON.parse(at('grep \'"/bin/cat"\' /opt/shop/watch/events.jsonl'))
    assert.equal(path, 'generations/1/containers/own/vault-password')
    assert.deepEqual([container.project, container.container, ours], ['shop', 'own', false])
  })

  test('an audit finds values in settings and images, and what was given in its own place', async () => {
    at(`podman create --name by-hand -e KEY=${canary} localhost/shop/sh:1
      podman import --change 'LABEL key=${canary}' /srv/image.tar localhost/shop/labelled:1`)
    const { status, value } = await project.json(['audit', '--hosts', 'host1'])
    assert.equal(status, 9)
    const findings: readonly Readonly<Record<string, string>>[] = JSON.parse(JSON.stringify(value))['findings']
    assert.deepEqual(
      findings.filter(({ id }) => /^VALUE|KEY-COPY/.test(id ?? '')).map(({ id, path }) => `${id} ${path}`),
      ['VALUE-IN-CONTAINER by-hand', 'VALUE-IN-IMAGE localhost/shop/labelled:1'],
    )
    at('podman rm by-hand && podman rmi localhost/shop/labelled:1')
  })

  test('somebody else’s container of our name is not touched', async () => {
    const id = at('podman rename shop-own kept && podman run -d --name shop-own localhost/shop/sh:1')
    await set('another')
    const { status, stdout, stderr } = await project.lockstep(['deploy'])
    assert.equal(status, 8)
    assert.match(
      stdout + stderr,
      /container shop-own on it that lockstep did not start.*podman rename shop-own shop-own-by-hand/s,
    )
    assert.equal(at('podman inspect -f "{{.Id}} {{.State.Status}}" shop-own'), `${id} running`)
    at('podman rm -f -t 1 shop-own && podman rename kept shop-own')
    await set(canary)
  })

  test('what does not come up is put back, and what can be told is told', async () => {
    await set('bad')
    const failed = await project.lockstep(['deploy'])
    assert.equal(failed.status, 10)
    assert.match(failed.stdout, /env: it ended.*; put back on generation 1/)
    assert.match(failed.stdout, /podman logs shop-env-failed on host1/)
    assert.equal(at('podman inspect -f "{{.State.Status}}" shop-env-failed'), 'exited')
    assert.match((await project.lockstep(['status'])).stdout, /env +1 +mounted +ready/)
    assert.ok(at('podman exec shop-env cat /tmp/seen').includes(`WEB_KEY=${canary}`))
    await set('good')
    const told = at('podman inspect -f "{{.Id}}" shop-told')
    assert.equal((await project.lockstep(['deploy'])).status, 0)
    assert.equal(at('podman ps -a --format "{{.Names}}" | grep -c failed || true'), '0')
    assert.equal(at('podman inspect -f "{{.Id}}" shop-told'), told)
    assert.equal(at('podman exec shop-told ls /tmp/told'), '/tmp/told')
    assert.match((await project.lockstep(['status'])).stdout, /told +\d+ +mounted +ready/)
  })
})
