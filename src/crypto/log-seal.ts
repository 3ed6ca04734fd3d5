import { canonical } from '../core/canonical.ts'
import type { Entry, SealedEntry } from '../core/log/entry.ts'
import { plainEntry, printLine } from '../core/log/entry-text.ts'
import type { LogHead, SignedHead } from '../core/log/head.ts'
import { headText } from '../core/log/head.ts'
import { deriveKey, keyedHash, sha256 } from './derive.ts'
import { engine } from './engine.ts'
import type { ProjectKeys } from './fingerprint.ts'

/** Signs and checks what is in an access log, for one project and environment. */
export interface LogSeal {
  /** A line without its line end, and its hash. */
  seal(entry: Omit<Entry, 'key'>): { readonly line: string; readonly hash: string }
  sign(head: LogHead): SignedHead
  /** `unknown`: made under a project key that we do not have. */
  check(sealed: SealedEntry): 'good' | 'bad' | 'unknown'
  checkHead(head: SignedHead): 'good' | 'bad' | 'unknown'
}

interface OneKey {
  readonly id: string
  readonly key: Uint8Array
}

/** New lines are under the newest key; the former ones still prove what was written under them. */
export const logSeal = (
  keys: Pick<ProjectKeys, 'log'> & { readonly former: readonly Pick<ProjectKeys, 'log'>[] },
): LogSeal => {
  const own = oneKey(keys.log)
  const known = (id: string): OneKey | undefined =>
    id === own.id ? own : keys.former.map(({ log }) => oneKey(log)).find((one) => one.id === id)
  const judge = (id: string, domain: string, said: string, mac: string): 'good' | 'bad' | 'unknown' => {
    const key = known(id)
    if (key === undefined) return 'unknown'
    return engine.same(Buffer.from(mac, 'hex'), macOf(key, domain, said)) ? 'good' : 'bad'
  }
  return {
    seal: (entry) => {
      const whole = { ...entry, key: own.id }
      const line = printLine(whole, hex(macOf(own, 'entry', canonical(plainEntry(whole)))))
      return { line, hash: sha256(line) }
    },
    sign: ({ id, seq, hash }) => {
      const head = { id, seq, hash, key: own.id }
      return { ...head, mac: hex(macOf(own, 'head', headText(head))) }
    },
    check: ({ entry, mac }) => judge(entry.key, 'entry', canonical(plainEntry(entry)), mac),
    checkHead: ({ mac, ...head }) => judge(head.key, 'head', headText(head), mac),
  }
}

const oneKey = (key: Uint8Array): OneKey => ({ key, id: hex(deriveKey(key, 'lockstep/log-key-id', 8)) })

const macOf = ({ key }: OneKey, domain: string, said: string): Uint8Array =>
  keyedHash(key, new TextEncoder().encode(`lockstep/log-${domain}\n${said}`))

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
