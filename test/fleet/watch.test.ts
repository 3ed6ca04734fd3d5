/** The watch on a real host: who reads and changes what is ours, seen from the operators' side. */
import assert from 'node:assert/strict'
import { writeFileSync, mkdtempSync, rmSync, copyFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { newCanary, sightingsIn } from '../support/canary.ts'
import { startFleet, startProject } from '../support/fleet.ts'
import type { FleetProject, TestFleet } from '../support/fleet.ts'
import { baseImage } from '../support/image-base.ts'

const canary = newCanary()
const manifest = `project: shop
rollout: { health_within: 15s, proof: none }
groups: { aws: {}, web: {} }
containers:
  api: { hosts: all, groups: [aws], image: "shop/sh:1" }
  other: { hosts: all, groups: [web], image: "shop/sh:1" }
`

interface Event {
  readonly seq: number
  readonly kind: string
  readonly verdict: string
  readonly path: string | null
  readonly uid: number | null
  readonly pid: number | null
  readonly exe: string | null
  readonly container: { readonly container: string | null } | null
}

suite('the watch on a real host', { concurrency: false }, () => {
  let fleet: TestFleet
  let project: FleetProject
  const work = mkdtempSync(join(tmpdir(), 'watch-'))

  const at = (script: string): string => fleet.at(1, script).trim()
  const run = async (args: readonly string[], status = 0): Promise<Record<string, unknown>> => {
    const answer = await project.json(args)
    assert.equal(answer.status, status, JSON.stringify(answer.value))
    return answer.value
  }
  let shown = 0
  /** What came since the last call. */
  const events = async (status: number): Promise<readonly Event[]> => {
    const { hosts } = await run(['watch', '--since', String(shown)], status)
    assert.ok(Array.isArray(hosts))
    const [first]: readonly { readonly events: readonly Event[]; readonly last: number }[] = hosts
    shown = first?.last ?? 0
    return first?.events ?? []
  }
  const foreign = (found: readonly Event[]): readonly Event[] => found.filter(({ verdict }) => verdict === 'foreign')

  before(async () => {
    fleet = startFleet({ hosts: 1, net: 66, docker: true })
    writeFileSync(join(work, 'base.tar'), baseImage(join(work, 'base'), null))
    copyFileSync(join(work, 'base.tar'), join(fleet.directory, 'h1/priv/srv/image.tar'))
    const loop = 'trap "exit 0" TERM; while :; do sleep 1 & wait; done'
    at(
      `docker import --change 'CMD ${JSON.stringify(['sh', '-c', loop])}' /srv/image.tar shop/sh:1 && rm /srv/image.tar`,
    )
    project = await startProject(fleet, manifest, { aws: { AWS_KEY: canary }, web: { WEB_KEY: 'good' } })
  })
  after(() => {
    project.remove()
    fleet.down()
    rmSync(work, { recursive: true, force: true })
  })

  test('it is brought once, and what lockstep itself does is ours', async () => {
    await run(['setup', '--watch'])
    await run(['deploy'])
    const found = await events(0)
    assert.equal(found[0]?.kind, 'start')
    assert.deepEqual(foreign(found), [])
    assert.ok(found.some(({ kind, verdict }) => kind === 'create' && verdict === 'ours'))
  })

  test('chmod, cat, docker cp and a container that reads are seen, with who it was', async () => {
    const scope = 'generations/1/containers/api/secrets/aws.env'
    at(`cd /opt/shop && chmod 640 ${scope}`)
    at(`cd /opt/shop && setpriv --reuid 65534 --inh-caps +dac_override --ambient-caps +dac_override cat ${scope}`)
    at('docker exec shop-api cat /app/secrets/aws.env')
    at('docker cp shop-other:/app/secrets/web.env /srv/copied')
    at(
      'docker run --rm --network none -v /opt/shop/generations/1/containers/api:/theirs shop/sh:1 cat /theirs/secrets/aws.env',
    )
    const found = await events(9)
    const [changed, ...reads] = foreign(found)
    assert.equal(changed?.kind, 'attributes')
    assert.ok(changed.pid !== null && changed.pid > 0)
    // what opens nothing waits for nobody: it may be gone before it is asked who it was
    assert.ok([null, '/usr/bin/chmod'].includes(changed.exe), String(changed.exe))
    assert.deepEqual(
      reads.map((one) => `${one.kind} ${one.exe} ${one.uid}`),
      ['read /usr/bin/cat 65534', 'read /usr/sbin/dockerd 0', 'read /bin/cat 0'],
    )
    assert.deepEqual(sightingsIn('events', Buffer.from(at('cat /opt/shop/watch/events.jsonl')), [canary]), [])
  })

  const watchFindings = async (status: number): Promise<readonly string[]> => {
    const { findings } = await run(['audit'], status)
    assert.ok(Array.isArray(findings))
    return findings
      .map(({ id, path }: { readonly id: string; readonly path: string }) => `${id} ${path}`)
      .filter((one) => /^(FOREIGN|EVENTS|WATCH)-/.test(one))
  }

  test('status and audit tell of it', async () => {
    assert.match(JSON.stringify(await run(['status'])), /"watch":\{"state":"runs","via":"fanotify"/)
    assert.deepEqual(await watchFindings(9), [
      'FOREIGN-CHANGE /opt/shop/generations/1/containers/api/secrets/aws.env',
      'FOREIGN-READ /opt/shop/generations/1/containers/api/secrets/aws.env',
      'FOREIGN-READ /opt/shop/generations/1/containers/other/secrets/web.env',
    ])
    await run(['watch', '--seen'])
  })

  /** What cron would start. */
  const fromCron = `setsid sh -c "$(sed -n 's/^[*] .* root //p' /etc/cron.d/lockstep-shop-WATCH)" </dev/null >/dev/null 2>&1 &`

  test('changed, its file moved away, killed and started by the line for cron: each is told, the numbers go on', async () => {
    at('cd /opt/shop/watch && mv events.jsonl events.jsonl.1 && echo "# mine" >> agent.py')
    at(
      'kill -9 $(pgrep -of "shop/watch/[a]gent.py") && chmod 600 /opt/shop/generations/1/containers/api/secrets/aws.env',
    )
    at(`${fromCron}
      until grep -qs start /opt/shop/watch/events.jsonl; do sleep 0.05; done
      cat /opt/shop/generations/1/vault-password > /dev/null`)
    const found = await watchFindings(9)
    for (const one of [
      'FOREIGN-CHANGE /opt/shop/watch/agent.py',
      'FOREIGN-CHANGE /opt/shop/watch/events.jsonl',
      'FOREIGN-READ /opt/shop/generations/1/vault-password',
      'EVENTS-MISSING /opt/shop/watch/events.jsonl',
      'WATCH-CHANGED /opt/shop/watch/agent.py',
    ]) {
      assert.ok(found.includes(one), `${one} is not among ${found.join('\n')}`)
    }
    assert.ok(!found.some((one) => one.endsWith('aws.env')), 'what somebody has looked at is told once')
    const [first = 0, ...others] = (await events(9)).map(({ seq }) => seq)
    for (const [index, seq] of others.entries()) assert.equal(seq, first + index + 1)
  })

  test('setup brings it again, once', async () => {
    await run(['watch', '--seen'])
    await run(['setup', '--watch'])
    assert.match(JSON.stringify(await run(['setup', '--watch'])), /"state":"kept"/)
  })

  test('stopped by somebody else and back again it was away, and that is told; what setup ended was not', async () => {
    at('kill $(pgrep -of "shop/watch/[a]gent.py"); while pgrep -f "shop/watch/[a]gent.py"; do sleep 0.05; done')
    assert.match(JSON.stringify(await run(['status'], 10)), /"watch":\{"state":"stopped"/)
    at(`${fromCron}
      until tail -n 1 /opt/shop/watch/events.jsonl | grep -q '"start"'; do sleep 0.05; done`)
    assert.deepEqual(await watchFindings(9), ['EVENTS-MISSING /opt/shop/watch/events.jsonl'])
    const { hosts } = await run(['watch', '--seen', '--hosts', 'host1'])
    assert.match(JSON.stringify(hosts), /"missing":\["the watch was stopped \(signal 15\) at [^"]*"\]/)
  })

  test('taken away, nothing of it is left but what it wrote', async () => {
    await run(['setup', '--no-watch'])
    const left = at('ls /opt/shop/watch /etc/cron.d; pgrep -f "watch/[a]gent.py" || true')
    assert.deepEqual(left.split('\n'), ['/etc/cron.d:', '', '/opt/shop/watch:', 'events.jsonl', 'events.jsonl.1'])
  })
})
