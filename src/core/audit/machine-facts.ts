import type { Shape } from '../shape.ts'
import { dictionary, flag, integer, list, nullable, pathText, shape, text } from '../shape.ts'

/** What a container engine shows, and to whom. */
export interface EngineHoldings {
  readonly containers: readonly EngineHolder[]
  readonly images: readonly EngineHolder[]
  readonly sockets: readonly SocketFacts[]
  /** Addresses beside its sockets. */
  readonly listens: readonly { readonly address: string; readonly asksCertificate: boolean }[]
}

export interface EngineHolder {
  readonly name: string
  /** By part: environment, command, labels, other; of an image history and settings. */
  readonly held: Readonly<Record<string, readonly number[]>>
}

export interface SocketFacts {
  readonly path: string
  readonly mode: number
  readonly uid: number
  readonly group: string
  /** Accounts of its group, root aside. */
  readonly members: readonly string[]
}

/** What holds for the host as a whole. */
export interface MachineFacts {
  /** Accounts with uid 0 besides root. */
  readonly superusers: readonly string[]
  /** Keys that log in as root. */
  readonly rootKeys: readonly { readonly kind: string; readonly comment: string }[]
  /** Root has a password that is not locked; null where it cannot be known. */
  readonly rootPassword: boolean | null
  /** As sshd answers itself, for root; null where it does not. */
  readonly sshd: Readonly<Record<string, string>> | null
  /** Who becomes root by sudo without a password, as its rules name them. */
  readonly sudo: readonly string[]
  readonly hostKeys: readonly HostKeyFacts[]
  readonly swap: readonly { readonly name: string; readonly isSafe: boolean }[]
  /** /proc/sys/kernel/core_pattern; empty where there is none. */
  readonly corePattern: string
}

export interface HostKeyFacts {
  readonly path: string
  readonly kind: string
  /** Null where the kind says it. */
  readonly bits: number | null
  /** Seconds since 1970: when it was made or put there. */
  readonly changed: number
}

/** Members of a list that arrives instead of an object. */
const parts = (value: unknown, at: string): readonly unknown[] => list((each) => each)(value, at)

const holder: Shape<EngineHolder> = shape({ name: text, held: dictionary(list(integer)) })

export const engineHoldings: Shape<EngineHoldings> = shape({
  containers: list(holder),
  images: list(holder),
  sockets: list(shape<SocketFacts>({ path: pathText, mode: integer, uid: integer, group: text, members: list(text) })),
  listens: list((value, at) => {
    const [address, asks] = parts(value, at)
    return { address: text(address, at), asksCertificate: flag(asks, at) }
  }),
})

export const machineFacts: Shape<MachineFacts> = shape({
  superusers: list(text),
  rootKeys: list((value, at) => {
    const [kind, comment] = parts(value, at)
    return { kind: text(kind, at), comment: text(comment, at) }
  }),
  rootPassword: nullable(flag),
  sshd: nullable(dictionary(text)),
  sudo: list(text),
  hostKeys: list((value, at) => {
    const [path, kind, bits, changed] = parts(value, at)
    return {
      path: pathText(path, at),
      kind: text(kind, at),
      bits: nullable(integer)(bits, at),
      changed: integer(changed, at),
    }
  }),
  swap: list((value, at) => {
    const [name, isSafe] = parts(value, at)
    return { name: text(name, at), isSafe: flag(isSafe, at) }
  }),
  corePattern: text,
})
