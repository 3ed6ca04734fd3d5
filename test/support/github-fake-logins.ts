import { createPublicKey, verify } from 'node:crypto'
import type { State } from './github-fake.ts'

/** Whoever has a token. */
export interface Account {
  readonly login: string
  /** Of a classic token. */
  readonly scopes?: readonly string[]
  readonly expires?: string
  /** What it may write; absent: anything. */
  readonly permissions?: readonly string[]
  /** `acme/api`; absent: all. */
  readonly repositories?: readonly string[]
  /** Milliseconds since 1970, from which on the token is refused. */
  endsAt?: number
  /** It is known, and may do nothing for now. */
  isSuspended?: boolean
}

export interface App {
  readonly id: string
  readonly slug: string
  /** Its keys' public halves, in PEM. */
  readonly keys: readonly string[]
  readonly permissions: readonly string[]
}

export const isApp = (who: Account | App | null): who is App => who !== null && 'slug' in who

/** Who calls, by the header that they send. Null: nobody in particular. */
export const githubWho =
  ({ accounts, apps, clock }: State) =>
  (header: string | undefined): Account | App | 'unknown' | null => {
    if (header === undefined) return null
    const [, token = ''] = /^(?:bearer|token) (\S+)$/i.exec(header) ?? []
    const account = accounts.get(token)
    if (account !== undefined) return (account.endsAt ?? Infinity) > clock.now() ? account : 'unknown'
    return apps.find((app) => isSignedBy(app, token, clock.now() / 1000)) ?? 'unknown'
  }

/** A JSON Web Token as "Generating a JSON Web Token (JWT) for a GitHub App" wants it. */
const isSignedBy = ({ id, keys }: App, token: string, now: number): boolean => {
  const [head = '', claims = '', signature = '', ...more] = token.split('.')
  if (signature === '' || more.length > 0) return false
  const { alg }: { alg?: string } = JSON.parse(plain(head))
  const { iss, iat = now, exp = 0 }: { iss?: string | number; iat?: number; exp?: number } = JSON.parse(plain(claims))
  if (alg !== 'RS256' || String(iss) !== id || iat > now || exp < now || exp > now + 600) return false
  const signed = Buffer.from(`${head}.${claims}`)
  return keys.some((key) => verify('sha256', signed, createPublicKey(key), Buffer.from(signature, 'base64url')))
}

const plain = (part: string): string => Buffer.from(part, 'base64url').toString()
