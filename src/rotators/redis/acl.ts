import { fail, type SecretsError } from '../../core/errors.ts'
import type { RedisConversation, RedisRefusal, RedisReply } from '../../core/rotators/redis-door.ts'
import type { Secret } from '../../core/secret.ts'

/** What a server knows of one of its users. */
export interface AclUser {
  readonly flags: readonly string[]
  /** SHA-256 of each password, hex. */
  readonly passwords: readonly string[]
}

/** One conversation with one server, in the words of its ACL. No error says what the server answered. */
export interface Acl {
  /** Logs in with the first of these that is taken. `called`: who that is, for errors. @throws DENIED where none is */
  login(user: string, passwords: readonly Secret[], called: string): Promise<void>
  /** Null: there is no such user. */
  user(name: string): Promise<AclUser | null>
  addPassword(user: string, hash: string): Promise<void>
  removePassword(user: string, hash: string): Promise<void>
  /** Writes users down where the server keeps them over a restart; false where it has no such place. */
  save(): Promise<boolean>
  /** Whether it has such a place; null where we are not told. */
  isKept(): Promise<boolean | null>
  /** Whether this login may change this user; null where we are not told. */
  mayChange(login: string, user: string): Promise<boolean | null>
  /** Ends the user's connections but this one. */
  disconnect(user: string): Promise<void>
}

export const aclOf = (conversation: RedisConversation, at: string): Acl => {
  const wrong = (refusal: RedisRefusal, doing: string): SecretsError => refused(refusal, doing, at)
  const told = async (...words: readonly string[]): Promise<RedisReply> => {
    const reply = await conversation.ask(...words)
    // the words behind the first two may be somebody's
    if (isRefusal(reply)) throw wrong(reply, words.slice(0, 2).join(' '))
    return reply
  }
  return {
    login: async (user, passwords, called) => {
      for (const password of passwords) {
        const reply = await conversation.ask('AUTH', user, password.bytes())
        if (!isRefusal(reply)) return
        if (reply.refused !== 'WRONGPASS') throw wrong(reply, 'AUTH')
      }
      throw fail('DENIED', `${at} refuses the password of the user ${called}`, { at })
    },
    user: async (name) => {
      const reply = await told('ACL', 'GETUSER', name)
      return reply === null ? null : userFrom(reply, at)
    },
    addPassword: async (user, hash) => void (await told('ACL', 'SETUSER', user, `#${hash}`)),
    removePassword: async (user, hash) => void (await told('ACL', 'SETUSER', user, `!${hash}`)),
    save: async () => {
      const saved = await conversation.ask('ACL', 'SAVE')
      if (!isRefusal(saved)) return true
      if (!saved.text.includes('not configured to use an ACL file')) throw unsaved(saved, 'ACL SAVE', at)
      const rewritten = await conversation.ask('CONFIG', 'REWRITE')
      if (!isRefusal(rewritten)) return true
      if (rewritten.text.includes('without a config file')) return false
      throw unsaved(rewritten, 'CONFIG REWRITE', at)
    },
    isKept: async () => {
      const file = await conversation.ask('CONFIG', 'GET', 'aclfile')
      if (isRefusal(file)) return null
      if (Array.isArray(file) && typeof file[1] === 'string' && file[1] !== '') return true
      const info = await conversation.ask('INFO', 'server')
      const config = typeof info === 'string' ? /^config_file:(.*?)\r?$/m.exec(info) : null
      return config === null ? null : config[1] !== ''
    },
    mayChange: async (login, user) => {
      const reply = await conversation.ask('ACL', 'DRYRUN', login, 'ACL', 'SETUSER', user)
      return isRefusal(reply) ? null : reply === 'OK'
    },
    disconnect: async (user) => void (await told('CLIENT', 'KILL', 'USER', user)),
  }
}

const isRefusal = (reply: RedisReply): reply is RedisRefusal =>
  typeof reply === 'object' && reply !== null && 'refused' in reply

const userFrom = (reply: RedisReply, at: string): AclUser => {
  const fields = Array.isArray(reply) ? reply : []
  const listOf = (name: string): readonly string[] | null => {
    const value: unknown = fields[fields.indexOf(name) + 1]
    return fields.includes(name) && Array.isArray(value) ? value.filter((one) => typeof one === 'string') : null
  }
  const [flags, passwords] = [listOf('flags'), listOf('passwords')]
  if (flags !== null && passwords !== null) return { flags, passwords }
  throw fail('TAMPERED', `${at} tells of its user what no Redis tells`, { at })
}

const later: readonly string[] = ['LOADING', 'BUSY', 'MASTERDOWN', 'CLUSTERDOWN', 'TRYAGAIN', 'MISCONF']

export const rights = '+acl|getuser +acl|setuser +acl|save +config|rewrite +client|kill'

const refused = ({ refused: word, text }: RedisRefusal, doing: string, at: string): SecretsError => {
  if (word === 'NOPERM') {
    return fail('DENIED', `${at} does not let this user ask for ${doing}`, {
      at,
      hint: `give it the right, or name somebody who has it with admin: (${rights})`,
    })
  }
  if (word === 'WRONGPASS' || word === 'NOAUTH' || word === 'DENIED') {
    return fail('DENIED', `${at} refuses ${doing} (${word})`, { at })
  }
  if (later.includes(word) || text.includes('max number of clients')) {
    return fail('UNAVAILABLE', `${at} cannot answer now (${word})`, { at })
  }
  if (/unknown (?:sub)?command|wrong number of arguments/.test(text)) {
    return fail('CONFIG', `${at} has no ACL users`, { at, hint: 'they came with Redis 6' })
  }
  return fail('CONFLICT', `${at} answers ${word} to ${doing}`, { at, hint: 'look at its log' })
}

const unsaved = (refusal: RedisRefusal, doing: string, at: string): SecretsError =>
  refusal.refused === 'ERR' && !/unknown|wrong number/.test(refusal.text)
    ? fail('UNAVAILABLE', `${at} could not write its users down (${doing}): a restart would undo the change`, {
        at,
        hint: 'let it write the file, or say persist: false where somebody else keeps its users',
      })
    : refused(refusal, doing, at)
