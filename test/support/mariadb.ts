import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clock } from '../../src/io/clock.ts'
import { makeCertificate } from './certificate.ts'
import { freePort } from './free-port.ts'

/** A server of the test's own. */
export interface MariaDb {
  readonly port: number
  readonly socket: string
  /** PEM of the authority that signed its certificate, for `localhost` alone. */
  readonly ca: string
  /** As the superuser, by the client that comes with it; rows as lines of tabbed columns. */
  query(statement: string): string
  /** What the client says to this login; empty where it is let in. */
  tryLogin(login: { readonly user: string; readonly password: string }): string
  /** All that it was told, as it wrote it down. */
  log(): string
  /** From now on it has another certificate, for these names. Gives the authority. */
  certify(names: string): string
  stop(): Promise<void>
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

  const client = (
    login: { user: string; password: string },
    where: readonly string[],
    statement: string,
  ): { status: number | null; stdout: string; stderr: string } => {
    const options = [
      '--no-defaults',
      '--default-character-set=utf8mb4',
      ...where,
      '--user',
      login.user,
      '--batch',
      '--skip-column-names',
    ]
    return spawnSync('mariadb', [...options, '--execute', statement], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], MYSQL_PWD: login.password },
    })
  }
  const asRoot = (statement: string): ReturnType<typeof client> =>
    client({ user: 'root', password: '' }, ['--socket', socket], statement)
  const query = (statement: string): string => {
    const { status, stdout, stderr } = asRoot(statement)
    assert.equal(status, 0, stderr)
    return stdout.trim()
  }
  const stop = async (): Promise<void> => {
    await end(server)
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    for (let i = 0; asRoot('SELECT 1').status !== 0; i++) {
      assert.ok(i < 200 && server.exitCode === null, 'mariadbd does not start')
      await clock.sleep(50)
    }
  } catch (error) {
    await stop()
    throw error
  }
  return {
    port,
    socket,
    ca: readFileSync(ca, 'utf8'),
    query,
    tryLogin: (login) => {
      const { status, stderr } = client(login, ['--host=127.0.0.1', `--port=${port}`], 'SELECT 1')
      return status === 0 ? '' : stderr
    },
    log: () => readFileSync(log, 'utf8'),
    certify: (names) => {
      const authority = readFileSync(certified(directory, names).ca, 'utf8')
      query('FLUSH SSL')
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
