import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from './certificate.ts'
import { freePort } from './free-port.ts'

/** A server of the test's own. */
export interface PostgresServer {
  readonly port: number
  /** PEM of the authority that signed its certificate, for `localhost` alone. */
  readonly ca: string
  /** As the superuser, by psql. */
  query(statement: string): string
  /** What psql says to this login; empty where it is let in. */
  tryLogin(login: { readonly user: string; readonly password: string } | string): string
  /** All that it was told, as it wrote it down. */
  log(): string
  stop(): void
}

const superuser = { user: 'postgres', password: 'canary-of-a-superuser' }

/** Debian keeps them off the PATH. */
const program = (name: string): string => {
  const versions = '/usr/lib/postgresql'
  try {
    const [newest] = readdirSync(versions).sort((a, b) => Number(b) - Number(a))
    return newest === undefined ? name : join(versions, newest, 'bin', name)
  } catch {
    return name
  }
}

const isRoot = process.getuid?.() === 0

const idOf = (user: string): number => Number(spawnSync('id', ['-u', user], { encoding: 'utf8' }).stdout)

/** As its own user where we are root: the server refuses root. */
const run = (name: string, args: readonly string[]): void => {
  const [command = '', ...all] = isRoot
    ? ['runuser', '-u', 'postgres', '--', program(name), ...args]
    : [program(name), ...args]
  // the server keeps what it was started with: no pipe of ours
  const { status } = spawnSync(command, all, { stdio: 'ignore', cwd: '/' })
  assert.equal(status, 0, `${name} ended with ${status}`)
}

export const startPostgres = async (): Promise<PostgresServer> => {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-postgres-'))
  const data = join(directory, 'data')
  const log = join(directory, 'log')
  const { ca, certificate, key } = makeCertificate(directory, 'localhost')
  writeFileSync(join(directory, 'password'), superuser.password)
  if (isRoot) {
    const uid = idOf('postgres')
    for (const path of [directory, key, join(directory, 'password')]) chownSync(path, uid, -1)
  }
  chmodSync(key, 0o600)
  run('initdb', [
    '-D',
    data,
    '-U',
    superuser.user,
    '--auth=scram-sha-256',
    '--no-sync',
    `--pwfile=${directory}/password`,
  ])
  const port = await freePort()
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: directory,
    ssl: 'on',
    ssl_cert_file: certificate,
    ssl_key_file: key,
    fsync: 'off',
    log_statement: 'all',
  }
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)
  run('pg_ctl', ['-D', data, '-w', '-l', log, '-o', options.join(' '), 'start'])

  const psql = (
    login: { user: string; password: string } | string,
    args: readonly string[],
  ): ReturnType<typeof spawnSync> => {
    const target =
      typeof login === 'string'
        ? ['-d', login]
        : ['-d', 'postgres', '-h', '127.0.0.1', '-p', String(port), '-U', login.user]
    const env = { PATH: process.env['PATH'], ...(typeof login === 'string' ? {} : { PGPASSWORD: login.password }) }
    return spawnSync('psql', ['-X', '-w', '-At', '-v', 'ON_ERROR_STOP=1', ...target, ...args], {
      encoding: 'utf8',
      env,
    })
  }
  return {
    port,
    ca: readFileSync(ca, 'utf8'),
    query: (statement) => {
      const { status, stdout, stderr } = psql(superuser, ['-c', statement])
      assert.equal(status, 0, String(stderr))
      return String(stdout).trim()
    },
    tryLogin: (login) => {
      const { status, stderr } = psql(login, ['-c', 'SELECT 1'])
      return status === 0 ? '' : String(stderr)
    },
    log: () => readFileSync(log, 'utf8'),
    stop: () => {
      run('pg_ctl', ['-D', data, '-m', 'immediate', 'stop'])
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
