import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { builtExecutable } from '../support/built.ts'
import { newCanary, sightingsIn } from '../support/canary.ts'
import { startEngine, type Engine, type Reply } from '../support/engine.ts'
import { apiImage, foreignImage, imagesTar } from '../support/images.ts'
import { hostKey, scopeFiles, writeScope, type Groups } from '../support/scope.ts'
import type { StatusDocument } from '../../src/core/runtime/status-document.ts'
import { scopeDigest } from '../../src/crypto/scope-digest.ts'
import { Secret } from '../../src/core/secret.ts'

/** The images of the example on a real engine, started as `deploy` starts them. */
const groups: Groups = {
  session: { SESSION_KEY: newCanary() },
  aws: { AWS_ACCESS_KEY_ID: newCanary(), AWS_SECRET_ACCESS_KEY: newCanary() },
}
const canaries = Object.values(groups).flatMap((values) => Object.values(values))
const words = (text: string): readonly string[] => text.split(' ')
const alone = words('--network none --cap-drop ALL')
const hardened = words('--read-only --security-opt no-new-privileges --memory 128m --pids-limit 64').concat(alone)
const directory = mkdtempSync(join(tmpdir(), 'image-test-'))
const scope = join(directory, 'generations/42/containers/api')
const executable = builtExecutable()
let engine: Engine
let tar = ''

before(async () => {
  tar = await imagesTar()
  engine = await startEngine()
  engine.must(['load', '--input', tar])
  chmodSync(directory, 0o755)
})
after(async () => {
  await engine.stop()
  rmSync(directory, { recursive: true })
})

const deliver = async (to: string, uid: number, number = 42): Promise<void> => {
  writeScope(to, await scopeFiles(groups, { number }))
  for (const path of [
    '.',
    'vault-password',
    'secrets',
    ...readdirSync(`${to}/secrets`).map((name) => `secrets/${name}`),
  ]) {
    chownSync(join(to, path), uid, uid)
  }
}

const mounts = (from: string): readonly string[] =>
  ['vault-password', 'secrets'].flatMap((name) => [
    '--mount',
    `type=bind,source=${from}/${name},target=/app/${name},readonly`,
  ])

const api = (name: string, from: string): string =>
  engine.must(['run', '--detach', '--name', name, '--user', '1000:1000', ...hardened, ...mounts(from), apiImage])

/** What the container's own Node gets from one of its pages. */
const page = (
  name: string,
  path: string,
  options = '{}',
): { readonly status: number; readonly body: Partial<StatusDocument> } => {
  const code = `fetch('http://127.0.0.1:8080${path}', ${options}).then(async (r) => console.log(JSON.stringify({ status: r.status, body: await r.json() })))`
  return JSON.parse(engine.must(['exec', name, 'node', '-e', code]))
}

const until = async (what: string, work: () => boolean): Promise<void> => {
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(200)) if (work()) return
  assert.fail(`never: ${what}`)
}

const healthOf = (name: string): string => engine.must(['inspect', '--format', '{{.State.Health.Status}}', name])

test('the API: healthy, ready with what was delivered, uses a secret, and ends at once', async () => {
  await deliver(scope, 1000)
  api('api', scope)
  await until('healthy', () => healthOf('api') === 'healthy')

  const status = page('api', '/api/secrets/status')
  const { state, digest, generation, verified } = status.body
  assert.deepEqual([status.status, state, verified, generation?.number], [200, 'ready', true, 42])
  const all = Object.values(groups).flatMap((values) => Object.entries(values))
  assert.equal(digest, scopeDigest(hostKey, new Map(all.map(([name, value]) => [name, new Secret(value)]))))

  const signed = page('api', '/api/sign', `{ method: 'POST', body: 'a body' }`)
  assert.match(JSON.stringify(signed.body), /"signature":"[0-9a-f]{64}"/)

  const started = Date.now()
  engine.must(['stop', 'api'])
  assert.ok(Date.now() - started < 2000, `stopped after ${Date.now() - started} ms`)
  assert.equal(engine.must(['inspect', '--format', '{{.State.ExitCode}}', 'api']), '0')
})

const holdsNoCanary = (what: string, { stdout, stderr }: Pick<Reply, 'stdout' | 'stderr'>): void => {
  assert.deepEqual(sightingsIn(what, Buffer.from(stdout + stderr, 'latin1'), canaries), [])
}

test('no value in what the engine knows, in the image, in its history or in the log', () => {
  holdsNoCanary('inspect', engine.docker(['inspect', 'api']))
  holdsNoCanary('logs', engine.docker(['logs', 'api']))
  holdsNoCanary('history', engine.docker(['history', '--no-trunc', apiImage]))
  holdsNoCanary('image inspect', engine.docker(['image', 'inspect', apiImage]))
  holdsNoCanary('save', engine.docker(['save', apiImage]))
})

test('files that come after the start: degraded, then ready without a restart', async () => {
  const late = join(directory, 'late')
  await deliver(late, 1000)
  rmSync(`${late}/secrets/all-secrets.env`)
  rmSync(`${late}/secrets/manifest.json`)
  for (const name of readdirSync(`${late}/secrets`)) rmSync(`${late}/secrets/${name}`)
  api('late', late)
  await until('up', () => engine.docker(['logs', 'late']).stdout.includes('listening'))
  assert.equal(page('late', '/api/secrets/status').status, 503)
  assert.equal(page('late', '/api/sign', `{ method: 'POST', body: '' }`).status, 503)
  await deliver(late, 1000)
  await until('ready', () => page('late', '/api/secrets/status').status === 200)
  engine.must(['rm', '--force', 'late'])
})

test('a mixed pair ends the program, and the log says why', async () => {
  const mixed = join(directory, 'mixed')
  await deliver(mixed, 1000)
  const old = await scopeFiles(groups, { number: 41 })
  writeScope(mixed, new Map([...old].filter(([name]) => name === 'vault-password')))
  chownSync(`${mixed}/vault-password`, 1000, 1000)
  api('mixed', mixed)
  await until('exited', () => engine.must(['inspect', '--format', '{{.State.Running}}', 'mixed']) === 'false')
  assert.notEqual(engine.must(['inspect', '--format', '{{.State.ExitCode}}', 'mixed']), '0')
  const logs = engine.docker(['logs', 'mixed'])
  assert.match(`${logs.stdout}${logs.stderr}`, /TAMPERED/)
  holdsNoCanary('logs', logs)
})

test('files of root and a program that is not: refused with what to type', async () => {
  const rooted = join(directory, 'rooted')
  await deliver(rooted, 0)
  api('rooted', rooted)
  await until('exited', () => engine.must(['inspect', '--format', '{{.State.Running}}', 'rooted']) === 'false')
  assert.match(engine.docker(['logs', 'rooted']).stderr, /uid: 1000/)
})

const entrypoint = ['--mount', `type=bind,source=${executable},target=/lockstep,readonly`, '--entrypoint', '/lockstep']

test('an image without Node: our executable hands it files in memory, as its user', async () => {
  const own = join(directory, 'own')
  await deliver(own, 1000)
  const memory = ['--tmpfs', '/run/secrets:mode=0700,uid=1000,gid=1000']
  const command = ['run', '--files', '/run/secrets', '--groups', 'aws', '--', '/bin/sh', '/srv/report.sh']
  const start = words('run --detach --name report --user 1000:1000')
  engine.must([...start, ...hardened, ...memory, ...mounts(own), ...entrypoint, foreignImage, ...command])
  await until('up', () => engine.docker(['logs', 'report']).stdout.includes('credentials are in /run/secrets'))
  const inside = engine.must(['exec', 'report', '/bin/sh', '-c', 'stat -c "%a %u" /run/secrets/*; cat /proc/1/cmdline'])
  assert.equal(inside.replaceAll('\0', ' ').trim(), '400 1000\n400 1000\n/bin/sh /srv/report.sh')
  holdsNoCanary('inspect', engine.docker(['inspect', 'report']))
  holdsNoCanary('environment', engine.docker(['exec', 'report', 'cat', '/proc/1/environ']))
  const started = Date.now()
  engine.must(['stop', 'report'])
  assert.ok(Date.now() - started < 2000)
  assert.match(engine.docker(['logs', 'report']).stdout, /report: stopped/)
})

test('the same started as root: it drops to the user, for good', async () => {
  const own = join(directory, 'root-start')
  await deliver(own, 0)
  const start = words('run --rm --user 0:0 --cap-add SETUID --cap-add SETGID').concat(alone)
  const script = 'id -u; id -G; echo $HOME $$; [ -n "$SESSION_KEY" ] && echo has it'
  const command = [...words('run --user node -- /bin/sh -c'), script]
  const reply = engine.docker([...start, ...mounts(own), ...entrypoint, foreignImage, ...command])
  assert.equal(reply.stdout, '1000\n1000\n/home/node 1\nhas it\n', reply.stderr)
})

test('without the capabilities to change its user it says which', async () => {
  const own = join(directory, 'root-start')
  const start = words('run --rm --user 0:0').concat(hardened)
  const command = words('run --user node -- true')
  const reply = engine.docker([...start, ...mounts(own), ...entrypoint, foreignImage, ...command])
  assert.equal(reply.status, 5)
  assert.match(reply.stderr, /--cap-add SETUID --cap-add SETGID/)
})

test('files for another user need what it says', async () => {
  const own = join(directory, 'root-start')
  const start = words('run --rm --user 0:0 --cap-add SETUID --cap-add SETGID --tmpfs /run/secrets:mode=0755').concat(
    alone,
  )
  const command = words('run --files /run/secrets --user node -- /bin/sh -c').concat(
    'cat $SESSION_KEY_FILE > /dev/null && id -u',
  )
  const from = [...mounts(own), ...entrypoint, foreignImage, ...command]
  const refused = engine.docker([...start, ...from])
  assert.equal(refused.status, 5)
  assert.match(refused.stderr, /--cap-add CHOWN/)
  assert.equal(engine.must([...start, '--cap-add', 'CHOWN', ...from]), '1000')
})
