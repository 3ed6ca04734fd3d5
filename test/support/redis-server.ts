import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { setDefaultCACertificates } from 'node:tls'
import { clock } from '../../src/io/clock.ts'
import { redisWithin } from '../../src/io/redis.ts'
import { freePort } from './free-port.ts'
import type { RedisReply, RedisServer } from '../../src/core/rotators/redis-door.ts'

export interface RedisPeer extends RedisServer {
  readonly directory: string
  /** A command as the administrator, or as somebody else. */
  ask(words: readonly string[], as?: readonly [user: string, password: string]): Promise<RedisReply>
  restart(): Promise<void>
}

export interface RedisPeerOptions {
  /** Where it keeps its users. */
  readonly keeps: 'aclfile' | 'config' | 'nowhere'
  /** From then on this process trusts its certificate, which is for `localhost`, and no other. */
  readonly tls?: boolean
}

export const adminPassword = 'canary-of-the-administrator'

/** A redis-server of the file's own, ended after its tests. */
export const redisPeer = async ({ keeps, tls = false }: RedisPeerOptions): Promise<RedisPeer> => {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-redis-'))
  const port = await freePort()
  const server = { host: tls ? 'localhost' : '127.0.0.1', port, tls }
  const listen = tls ? tlsArguments(directory, port) : ['--port', String(port)]
  const base = ['--bind', '127.0.0.1', '--dir', directory, '--save', '', ...listen]
  const config = join(directory, 'redis.conf')
  const aclFile = join(directory, 'users.acl')
  if (keeps === 'aclfile') writeFileSync(aclFile, `user default on >${adminPassword} ~* &* +@all\n`)
  if (keeps === 'config') writeFileSync(config, `requirepass ${adminPassword}\n`)
  const own = {
    aclfile: ['--aclfile', aclFile],
    config: [],
    nowhere: ['--requirepass', adminPassword],
  }[keeps]
  const args = [...(keeps === 'config' ? [config] : []), ...base, ...own]
  let child: ChildProcess | null = null
  const ask: RedisPeer['ask'] = async (words, as = ['default', adminPassword]) => {
    const conversation = await redisWithin(2000).open(server, new AbortController().signal)
    try {
      const login = await conversation.ask('AUTH', ...as)
      return login === 'OK' ? await conversation.ask(...words) : login
    } finally {
      conversation.end()
    }
  }
  const start = async (): Promise<void> => {
    child = spawn('redis-server', args, { stdio: 'ignore' })
    for (let i = 0; i < 200; i++) {
      if ((await ask(['PING']).catch(() => null)) === 'PONG') return
      await clock.sleep(25)
    }
    assert.fail('redis-server does not start')
  }
  const stop = async (): Promise<void> => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  after(async () => {
    await stop()
    rmSync(directory, { recursive: true, force: true })
  })
  if (tls) trustOnly(directory)
  try {
    await start()
  } catch (error) {
    // at a file's top level a throw leaves `after` unasked
    await stop()
    throw error
  }
  return { ...server, directory, ask, restart: async () => stop().then(start) }
}

/** As with NODE_EXTRA_CA_CERTS. */
export const trustOnly = (directory: string): void =>
  setDefaultCACertificates([readFileSync(join(directory, 'cert.pem'), 'utf8')])

const tlsArguments = (directory: string, port: number): readonly string[] => {
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const made = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    key,
    '-out',
    certificate,
  ]
  execFileSync('openssl', ['req', '-x509', '-days', '2', ...made, ...subject], { stdio: 'ignore' })
  const files = ['--tls-key-file', key, '--tls-cert-file', certificate, '--tls-ca-cert-file', certificate]
  return ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no', ...files]
}
