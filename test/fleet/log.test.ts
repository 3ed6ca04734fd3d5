/** The access log of deliveries, its witnesses on hosts, and what is pulled from there. */
import assert from 'node:assert/strict'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { newCanary } from '../support/canary.ts'
import { startFleet, startProject } from '../support/fleet.ts'
import type { FleetProject, TestFleet } from '../support/fleet.ts'
import { foreignImage, imagesTar } from '../support/images.ts'

const canary = newCanary()

const line = JSON.stringify({
  time: '2026-11-22T10:00:00.000Z',
  lockstep: 'degraded',
  scope: 'container/report',
  generation: { number: 1, id: 'x' },
  missing: ['AWS_KEY', canary],
  error: 'NOT_FOUND',
  more: canary,
})

const manifest = `project: shop
containers:
  report:
    hosts: all
    groups: [aws]
    image: ${foreignImage}
    health: { command: [test, -d, /app/secrets] }
    command: [sh, -c, 'echo "{ no json ${canary}"; echo "$LINE"; trap "exit 0" TERM; while :; do sleep 1 & wait; done']
    env: { LINE: '${line}' }
`

interface Entry {
  readonly command: string
  readonly action: string
  readonly result: string
  readonly why?: string
  readonly names: { readonly hosts?: readonly string[]; readonly secrets?: readonly string[] }
}

interface Pulled {
  readonly host: string
  readonly container: string | null
  readonly kind: string
  readonly told: { readonly missing: readonly string[]; readonly generation: number } | null
  readonly watch: { readonly exe: string | null; readonly path: string | null } | null
}

suite('the access log of a fleet', { concurrency: false }, () => {
  let fleet: TestFleet
  let project: FleetProject

  const state = (): string => join(project.directory, '.lockstep')
  const entries = (): readonly Entry[] =>
    readFileSync(join(state(), 'access.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((text): Entry => JSON.parse(text))
  const run = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await project.lockstep(args)
    assert.equal(status, 0, `${args.join(' ')}\n${stdout}${stderr}`)
    return stdout
  }

  before(async () => {
    fleet = startFleet({ hosts: 2, net: 63, docker: true, images: [await imagesTar()] })
    project = await startProject(fleet, manifest, { aws: { AWS_KEY: 'value-of-aws' } })
    cpSync(state(), older(), { recursive: true })
  })
  const older = (): string => join(project.directory, 'older')

  after(() => {
    project.remove()
    fleet.down()
  })

  test('a delivery is in the log before it is on a host, with hosts and names, and with its end', async () => {
    await run('setup', '--watch', '--reason', 'a new fleet')
    const own = entries().filter(({ command }) => command === 'setup')
    assert.deepEqual(
      own.map(({ action, result }) => `${action} ${result}`),
      ['deliver begun', 'deliver begun', 'deliver done'],
    )
    assert.deepEqual(own[1]?.names, { hosts: ['host1', 'host2'], secrets: ['AWS_KEY'] })
    assert.ok(own.every(({ why }) => why === 'a new fleet'))
  })

  test('hosts and the ledger keep its end: a log that was put back is found by them, and by nobody here', async () => {
    await run('deploy')
    const manifestText = fleet.at(1, 'cat /opt/shop/current/secrets/manifest.json')
    assert.match(manifestText, /"log": \{/)
    await project.lockstep(['status'])
    assert.ok(entries().some(({ command, action, result }) => `${command} ${action} ${result}` === 'status look done'))
    assert.match(await run('log', 'verify', '--fleet'), /note: [34] witnesses have seen it as it is here/)
    assert.ok(entries().some(({ command, result }) => command === 'log verify' && result === 'done'))
    for (const name of ['access.jsonl', 'access.head']) cpSync(join(older(), name), join(state(), name))
    assert.match(await run('log', 'verify'), /all as they were written/)
    const { status, stdout } = await project.lockstep(['log', 'verify', '--fleet'])
    assert.equal(status, 7, stdout)
    assert.match(stdout, /host1 has seen (another )?entry \d+/)
    assert.match(stdout, /the ledger \(delivery \d+ by [^)]*\)?\) has seen (another )?entry/)
  })

  test('what containers and watches tell is pulled into one view, once, and no value with it', async () => {
    fleet.at(1, 'cat /opt/shop/current/vault-password >/dev/null; sleep 1')
    const { status, value } = await project.json(['log', 'pull'])
    assert.equal(status, 0, JSON.stringify(value))
    const events: readonly Pulled[] = JSON.parse(JSON.stringify(value['events']))
    const told = events.filter(({ container }) => container === 'report')
    assert.deepEqual(
      told.map(({ host, kind, told: one }) => [host, kind, one?.missing, one?.generation]),
      ['host1', 'host2'].map((host) => [host, 'degraded', ['AWS_KEY'], 1]),
    )
    assert.ok(
      events.some(
        ({ watch }) => watch?.exe?.endsWith('cat') === true && watch.path?.endsWith('vault-password') === true,
      ),
      JSON.stringify(events.map(({ watch }) => watch)),
    )
    assert.ok(!readFileSync(join(state(), 'events.jsonl'), 'utf8').includes(canary))
    const again = await project.json(['log', 'pull'])
    const more: readonly Pulled[] = JSON.parse(JSON.stringify(again.value['events']))
    assert.deepEqual(
      more.filter(({ container }) => container !== null),
      [],
    )
    assert.match(await run('log', 'events', '--host', 'host1'), /degraded +- +generation 1, without AWS_KEY/)
  })
})
