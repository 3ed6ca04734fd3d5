import { quoteName } from '../names.ts'

/** One Redis server, as a client reaches it. */
export interface RedisServer {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** What errors call it, where its address is part of a value: `the server of REDIS_URL`. Absent: by its address. */
  readonly called?: string
}

/** For errors. */
export const redisPlace = ({ host, port, called }: RedisServer): string => called ?? quoteName(`${host}:${port}`)

/** What a server refused. `text` is for comparing with what is known: it may quote what was asked. */
export interface RedisRefusal {
  /** Its first word: `WRONGPASS`, `NOPERM`, `ERR`. */
  readonly refused: string
  readonly text: string
}

/** Texts, whole numbers, nothing, refusals, and lists of all these. */
export type RedisReply = string | number | null | RedisRefusal | readonly RedisReply[]

export interface RedisConversation {
  /** One command and its answer. @throws UNAVAILABLE without one in time; UNSAFE for one beyond all bounds */
  ask(...words: readonly (string | Uint8Array)[]): Promise<RedisReply>
  end(): void
}

export interface RedisDoor {
  /** A connection on which nobody has logged in yet. TLS is verified.
   *  @throws UNAVAILABLE when nobody answers there, or not with TLS that can be trusted */
  open(server: RedisServer, signal: AbortSignal): Promise<RedisConversation>
}
