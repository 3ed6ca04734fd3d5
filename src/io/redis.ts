import { isIP, connect as connectPlain, type Socket } from 'node:net'
import { connect as connectSecure } from 'node:tls'
import { fail } from '../core/errors.ts'
import {
  redisPlace,
  type RedisConversation,
  type RedisDoor,
  type RedisReply,
  type RedisServer,
} from '../core/rotators/redis-door.ts'
import { readRedisReply, redisCommand } from '../core/rotators/redis-reply.ts'
import { systemCode } from './system-error.ts'

/** Bytes of one answer: what we ask for is some hundred. */
const most = 1024 * 1024

/** Redis as a client speaks to it: one command at a time, each answer within `limit` milliseconds. */
export const redisWithin = (limit: number): RedisDoor => ({
  open: async (server, signal) => {
    const at = redisPlace(server)
    const socket = server.tls ? secure(server) : connectPlain({ host: server.host, port: server.port })
    // each wait has a listener of its own; what comes between two of them is told by the next
    socket.on('error', () => {})
    try {
      await waited(socket, at, { limit, signal }, (done) => socket.once(server.tls ? 'secureConnect' : 'connect', done))
    } catch (error) {
      socket.destroy()
      throw error
    }
    return conversation(socket, at, { limit, signal })
  },
})

export const redis: RedisDoor = redisWithin(5000)

const secure = ({ host, port }: RedisServer): Socket =>
  connectSecure({ host, port, rejectUnauthorized: true, ...(isIP(host) === 0 ? { servername: host } : {}) })

interface Limits {
  readonly limit: number
  readonly signal: AbortSignal
}

const conversation = (socket: Socket, at: string, limits: Limits): RedisConversation => {
  let take: (part: Buffer) => void = () => {}
  socket.on('data', (part) => take(part))
  return {
    ask: (...words) =>
      waited<RedisReply>(socket, at, limits, (done, failed) => {
        let bytes = Buffer.alloc(0)
        take = (part) => {
          try {
            bytes = Buffer.concat([bytes, part])
            if (bytes.length > most) throw fail('UNSAFE', `${at} answers with more than is accepted`, { at })
            const read = readRedisReply(bytes)
            if (read !== null) done(read.reply)
          } catch (error) {
            failed(error)
          }
        }
        socket.write(redisCommand(words))
      }),
    end: () => socket.destroy(),
  }
}

/** Waits for `begin` to be done, and not longer than for the time-out, the signal, or the connection's end. */
const waited = <T>(
  socket: Socket,
  at: string,
  { limit, signal }: Limits,
  begin: (done: (value: T) => void, failed: (error: unknown) => void) => void,
): Promise<T> => {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const broken = (why: string) => (): void => reject(unreachable(at, why))
  const onError = (error: Error): void => reject(unreachable(at, `failed${nameOf(error)}`))
  const [onClose, onAbort] = [broken('was closed by the other side'), broken('was interrupted')]
  const timer = setTimeout(broken('gave no answer in time'), limit)
  socket.on('error', onError).on('close', onClose)
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  else if (socket.destroyed) onClose()
  else begin(resolve, reject)
  return promise.finally(() => {
    clearTimeout(timer)
    socket.off('error', onError).off('close', onClose)
    signal.removeEventListener('abort', onAbort)
  })
}

const nameOf = (error: Error): string => {
  const name = systemCode(error)
  return name !== null && /^[A-Z_]+$/.test(name) ? ` (${name})` : ''
}

const unreachable = (at: string, why: string): Error => fail('UNAVAILABLE', `the connection to ${at} ${why}`, { at })
