import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Connection, createConnection } from 'mysql2'
import { clock } from '../../src/io/clock.ts'
import { makeCertificate } from './certificate.ts'
import { freePort } from './free-port.ts'

/** A server of the test's own. */
export interface MariaDb {
  readonly port: number
  readonly socket: string
  /** PEM of the authority that signed its certificate, for `localhost` alone. */
  readonly ca: string
  /** As the superuser, one or several statements. Gives the first cell of the first row, if any. */
  query(statements: string): Promise<string>
  /** Is it let in? Of ed25519, ask the other. */
  lets(login: Login): Promise<boolean>
  /** Is the client let in that comes with the server? Takes longer. */
  letsClient(login: Login): boolean
  /** All that it was told, as it wrote it down. */
  log(): string
  /** From now on it has another certificate, for these names. Gives the authority. */
  certify(names: string): Promise<string>
  stop(): Promise<void>
}

interface Login {
  readonly user: string
  readonly password: string
}

const isRoot = process.getuid?.() === 0

const found = (name: string): string => {
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
  return spawnSync('sh', ['-c', `command -v ${name}`], { env: { PATH: path }, encoding: 'utf8' }).stdout.trim()
}

/** It runs as its own user where we are root. */
const owned = (...paths: readonly string[]): void => {
  if (!isRoot) return
  const uid = Number(spawnSync('id', ['-u', 'mysql'], { encoding: 'utf8' }).stdout)
  for (const path of paths) chownSync(path, uid, -1)
}

const certified = (directory: string, names: string): ReturnType<typeof makeCertificate> => {
  const made = makeCertificate(directory, names)
  owned(made.key, made.certificate)
  return made
}

export const startMariaDb = async (): Promise<MariaDb> => {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-mariadb-'))
  const [log, socket] = [join(directory, 'log'), join(directory, 'socket')]
  owned(directory)
  // system tables need no InnoDB, which takes seconds to make
  const base = [
    '--no-defaults',
    `--datadir=${join(directory, 'data')}`,
    '--skip-innodb',
    '--default-storage-engine=Aria',
    ...(isRoot ? ['--user=mysql'] : []),
  ]
  const made = spawnSync(
    found('mariadb-install-db'),
    [...base, '--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve'],
    { encoding: 'utf8', cwd: '/' },
  )
  assert.equal(made.status, 0, made.stdout + made.stderr)
  const { ca, certificate, key } = certified(directory, 'localhost')
  const port = await freePort()
  const settings = {
    'bind-address': '127.0.0.1',
    port: String(port),
    socket,
    'pid-file': join(directory, 'pid'),
    'ssl-cert': certificate,
    'ssl-key': key,
    'plugin-load-add': 'auth_ed25519',
    'general-log': '1',
    'general-log-file': log,
  }
  const server = spawn(
    found('mariadbd'),
    [...base, '--skip-name-resolve', ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`)],
    { stdio: 'ignore', cwd: '/' },
  )

  const root = (): Connection => {
    const connection = createConnection({
      socketPath: socket,
      user: 'root',
      multipleStatements: true,
      rowsAsArray: true,
    })
    connection.on('error', () => {})
    return connection
  }
  const stop = async (): Promise<void> => {
    await end(server)
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    for (let i = 0; !(await isConnected(root())); i++) {
      assert.ok(i < 400 && server.exitCode === null, 'mariadbd does not start')
      await clock.sleep(25)
    }
  } catch (error) {
    await stop()
    throw error
  }
  const superuser = root()
  const query = (statements: string): Promise<string> =>
    new Promise((resolve, reject) => {
      superuser.query(statements, (error, result) => (error === null ? resolve(firstIn(result)) : reject(error)))
    })
  return {
    port,
    socket,
    ca: readFileSync(ca, 'utf8'),
    query,
    lets: (login) => isConnected(createConnection({ host: '127.0.0.1', port, ...login })),
    letsClient: ({ user, password }) => {
      const where = ['--no-defaults', '--default-character-set=utf8mb4', '--host=127.0.0.1', `--port=${port}`]
      const env = { PATH: process.env['PATH'], MYSQL_PWD: password }
      return spawnSync('mariadb', [...where, '--user', user, '--execute', 'SELECT 1'], { env }).status === 0
    },
    log: () => readFileSync(log, 'utf8'),
    certify: async (names) => {
      const authority = readFileSync(certified(directory, names).ca, 'utf8')
      await query('FLUSH SSL')
      return authority
    },
    stop,
  }
}

const end = async (server: ChildProcess): Promise<void> => {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill('SIGKILL')
  await ended
}

/** And then not any more. */
const isConnected = (connection: Connection): Promise<boolean> =>
  new Promise((resolve) => {
    connection.on('error', () => {})
    connection.connect((error) => {
      connection.destroy()
      resolve(error === null)
    })
  })

const firstIn = (result: unknown): string => {
  const first: unknown = Array.isArray(result) ? result[0] : undefined
  return Array.isArray(first) ? firstIn(first) : String(first ?? '')
}
