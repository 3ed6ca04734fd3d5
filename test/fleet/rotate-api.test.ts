/** The API of three hosts logs in to PostgreSQL and signs for AWS with its secrets at every request; both are rotated while a
 *  client asks it all the time. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { build } from 'esbuild'
import { Secret } from '../../src/core/secret.ts'
import { bridge } from '../support/bridge.ts'
import { sightingsBelow } from '../support/canary.ts'
import { startFleet, startProject } from '../support/fleet.ts'
import type { FleetProject, TestFleet } from '../support/fleet.ts'
import { apiImage, imagesTar } from '../support/images.ts'
import { startMoto, type Moto } from '../support/moto.ts'
import { startPostgres, type PostgresServer } from '../support/postgres.ts'

const net = 56
const hosts = [1, 2, 3]
const image = 'shop/consumer:1'

const manifest = `project: shop
groups:
  db:
    keys: [DB_USER, DB_PASSWORD]
    rotate:
      with: postgres
      every: 30d
      users: [app_a, app_b]
      host: 127.0.0.1
      port: 5433
      database: postgres
      tls: disable
      admin: PG_ADMIN
      admin_user: rotator
  aws:
    keys: [AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY]
    rotate: { with: aws-iam, every: 30d, endpoint: "http://127.0.0.1:5001" }
  operating: { keys: [PG_ADMIN] }
containers:
  api:
    hosts: all
    groups: [db, aws]
    image: ${image}
    publish: ["8080:8080"]
    health: /health
    status: /api/secrets/status
    uid: 1000
rollout: { health_within: 20s }
`

const dockerfile = `FROM ${apiImage}
COPY consumer.mjs ./
ENV SERVERS=10.${net}.0.1
CMD ["node", "consumer.mjs"]
`

const bundled = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [resolve(import.meta.dirname, 'consumer/app.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    external: ['pg-native'],
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)` },
  })
  return outputFiles[0]?.text ?? assert.fail('nothing was bundled')
}

suite('an API while its credentials are rotated', { concurrency: false }, () => {
  let fleet: TestFleet
  let project: FleetProject
  let database: PostgresServer
  let moto: Moto
  const ends: (() => void | Promise<void>)[] = []
  const first = { user: 'app_a', password: 'canary-first-of-the-database' }

  let app = ''

  /** What `api` runs on this host when it is re-created. */
  const buildImage = (host: number, program: string): void => {
    const context = join(fleet.directory, `h${host}`, 'priv/srv/consumer')
    mkdirSync(context, { recursive: true })
    writeFileSync(join(context, 'Dockerfile'), dockerfile)
    writeFileSync(join(context, 'consumer.mjs'), program)
    fleet.at(host, `docker build --tag ${image} /srv/consumer`)
  }

  const get = async (name: string): Promise<string> => (await project.lockstep(['get', name])).stdout.trim()
  const keyNow = async (): Promise<{ id: Secret; secret: Secret }> => ({
    id: new Secret(await get('AWS_ACCESS_KEY_ID')),
    secret: new Secret(await get('AWS_SECRET_ACCESS_KEY')),
  })

  before(async () => {
    database = await startPostgres()
    ends.push(database.stop)
    database.query(`CREATE ROLE rotator LOGIN CREATEROLE PASSWORD 'canary-of-an-administrator'`)
    database.query(`CREATE ROLE app_a LOGIN PASSWORD '${first.password}'`)
    database.query('CREATE ROLE app_b NOLOGIN')
    moto = await startMoto()
    ends.push(moto.stop)
    const key = await moto.user('api', ['iam:*', 'sts:*'])
    fleet = startFleet({ hosts: 3, net, docker: true, images: [await imagesTar()] })
    ends.push(fleet.down)
    for (const [from, port] of [
      [database.port, 5433],
      [Number(new URL(moto.url).port), 5001],
    ] as const) {
      const carried = await bridge(fleet, from, port)
      ends.push(carried.stop)
    }
    app = await bundled()
    for (const host of hosts) buildImage(host, app)
    project = await startProject(fleet, manifest, {
      db: { DB_USER: first.user, DB_PASSWORD: first.password },
      aws: { AWS_ACCESS_KEY_ID: key.id.reveal(), AWS_SECRET_ACCESS_KEY: key.secret.reveal() },
      operating: { PG_ADMIN: 'canary-of-an-administrator' },
    })
    ends.push(project.remove)
    assert.equal((await project.lockstep(['backup', 'recovery', '--to', `${fleet.directory}/recovery`])).status, 0)
    for (const verb of ['setup', 'deploy']) {
      const done = await project.json([verb])
      assert.equal(done.status, 0, JSON.stringify(done.value))
    }
  })
  after(async () => {
    for (const end of ends.toReversed()) await end()
  })

  test('--check writes nothing: not on hosts, not in the project, not upstream', async () => {
    const state = async (): Promise<readonly unknown[]> => [
      hosts.map((one) => fleet.at(one, 'find /opt /root /etc -printf "%p %y %u %m %i %T@ %C@ %l\\n" | sort')),
      filesOf(project.directory),
      (await moto.iam('ListAccessKeys', { UserName: 'api' })).replace(/<RequestId>.*?<\/RequestId>/, ''),
    ]
    const before = await state()
    const told = database.log().length
    const { status, value } = await project.json(['rotate', '--check'])
    assert.equal(status, 0, JSON.stringify(value))
    const statements = [
      ...database
        .log()
        .slice(told)
        .matchAll(/statement: *(.*)/g),
    ].map(([, text = '']) => text)
    assert.ok(statements.length > 0)
    assert.deepEqual(
      statements.filter((text) => !/^(SELECT|SHOW|SET|BEGIN|COMMIT)\b/i.test(text)),
      [],
    )
    assert.deepEqual(await state(), before)
  })

  test('no request fails, and afterwards nobody gets in with what was before', async () => {
    const old = await keyNow()
    const hammer = await startHammer(fleet)
    const { status, value } = await project.json(['rotate', 'db', 'aws'])
    const seen = await hammer.stop()
    assert.equal(status, 0, JSON.stringify(value))
    assert.deepEqual(seen.failed, [])
    assert.ok(seen.answered > 20, `asked ${seen.answered} times`)

    assert.match(database.tryLogin(first), /not permitted to log in|authentication failed/)
    assert.equal(await get('DB_USER'), 'app_b')
    assert.equal(database.tryLogin({ user: 'app_b', password: await get('DB_PASSWORD') }), '')
    assert.equal(await moto.official(old), null)
    assert.match((await moto.official(await keyNow())) ?? '', /user\/api$/)
    const now = await get('DB_PASSWORD')
    for (const host of hosts) {
      assert.equal(reads(fleet, host, [first.password, old.secret.reveal()]), '')
      assert.match(reads(fleet, host, [now]), /^DB_PASSWORD=/)
    }
    const places = ['priv/opt', 'priv/root', 'priv/srv', 'priv/tmp', 'up/etc', 'up/var/log']
    const left = hosts.flatMap((host) => places.map((place) => join(fleet.directory, `h${host}`, place)))
    assert.deepEqual(sightingsBelow([project.directory, ...left], [first.password, old.secret.reveal(), now]), [])
  })

  test('where it does not come up with the new value, that host keeps the old one, and --abort takes all back', async () => {
    const before = [await get('DB_USER'), await get('DB_PASSWORD'), (await keyNow()).id.reveal()]
    buildImage(2, 'process.exit(1)')
    const hammer = await startHammer(fleet)
    const { status, value } = await project.json(['rotate', 'db', 'aws'])
    assert.equal(status, 10, JSON.stringify(value))
    assert.deepEqual(statesOf(value), ['host1 delivered', 'host2 failed', 'host3 held-back'])
    assert.equal(value['isOpen'], true)
    const back = await project.json(['rotate', '--abort'])
    const seen = await hammer.stop()
    // what host2 never had need not be taken from it: its trouble stays its own
    assert.deepEqual([back.status, back.value['isOpen']], [10, false], JSON.stringify(back.value))
    assert.deepEqual(statesOf(back.value), ['host1 delivered', 'host2 failed', 'host3 held-back'])
    assert.deepEqual(seen.failed, [])
    const key = await keyNow()
    assert.deepEqual([await get('DB_USER'), await get('DB_PASSWORD'), key.id.reveal()], before)
    assert.match((await moto.official(key)) ?? '', /user\/api$/)
    assert.doesNotMatch(await moto.iam('ListAccessKeys', { UserName: 'api' }), /member>[^]*member>[^]*member>/)
    assert.match(database.tryLogin({ user: 'app_a', password: first.password }), /not permitted to log in|failed/)
  })

  test('where it reports what it had before, nothing is ended; --resume goes on when that is mended', async () => {
    const [user = '', password = ''] = [await get('DB_USER'), await get('DB_PASSWORD')]
    // as one that was not really re-created would
    const reported = fleet.at(2, `python3 -c "${statusPage}"`)
    buildImage(2, sayingAlways(reported))
    const hammer = await startHammer(fleet, [1, 3])
    const { status, value } = await project.json(['rotate', 'db'])
    assert.equal(status, 10, JSON.stringify(value))
    assert.deepEqual(statesOf(value), ['host1 delivered', 'host2 failed', 'host3 held-back'])
    assert.equal(database.tryLogin({ user, password }), '')
    buildImage(2, app)
    const done = await project.json(['rotate', '--resume'])
    const seen = await hammer.stop()
    assert.equal(done.status, 0, JSON.stringify(done.value))
    assert.deepEqual(seen.failed, [])
    assert.notEqual(database.tryLogin({ user, password }), '')
    assert.equal(database.tryLogin({ user: await get('DB_USER'), password: await get('DB_PASSWORD') }), '')
  })
})

/** All but what lockstep keeps for itself: digests of keys, what it saw last, the access log. */
const filesOf = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/^(\.lockstep|logs)(\/|$)/.test(name))
    .map((name) => {
      const { mtimeMs, ino, mode } = statSync(join(directory, name))
      return `${name} ${mtimeMs} ${ino} ${mode}`
    })
    .sort()

const statusPage = `import urllib.request as u
print(u.urlopen('http://127.0.0.1:8080/api/secrets/status').read().decode())`

const sayingAlways = (status: string): string => `import { createServer } from 'node:http'
const status = ${JSON.stringify(status)}
createServer((_, reply) => reply.setHeader('content-type', 'application/json').end(status)).listen(8080)
process.on('SIGTERM', () => process.exit(0))`

const statesOf = ({ hosts }: Record<string, unknown>): readonly string[] =>
  (Array.isArray(hosts) ? hosts : []).map((one: object) => `${Reflect.get(one, 'host')} ${Reflect.get(one, 'state')}`)

/** Which files can still be opened to one of these values, with what lies on the host. */
const reads = (fleet: TestFleet, host: number, values: readonly string[]): string =>
  fleet.at(
    host,
    `for password in $(find /opt/shop/generations -name vault-password); do
  cd $(dirname $password)/secrets || exit 1
  ansible-vault view --vault-password-file $password *.env > /run/shown || exit 1
  for value in ${values.join(' ')}; do grep -F -e "$value" /run/shown; done
done; rm /run/shown`,
  )

interface Seen {
  readonly answered: number
  readonly passed_on: number
  readonly failed: readonly string[]
}

const startHammer = async (fleet: TestFleet, asked: readonly number[] = hosts): Promise<{ stop(): Promise<Seen> }> => {
  const running = join(fleet.directory, 'hammer')
  writeFileSync(running, '')
  const script = resolve(import.meta.dirname, 'consumer/hammer.py')
  const addresses = asked.map((host) => `10.${net}.0.${10 + host}`)
  const [file = '', ...args] = fleet.controller(['python3', script, running, ...addresses])
  const child: ChildProcess = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text))
  return {
    stop: async () => {
      rmSync(running)
      if (child.exitCode === null) await once(child, 'exit')
      return JSON.parse(said)
    },
  }
}
