import type { Code } from '../errors.ts'

/** What an access was about. Names only. */
export interface Names {
  readonly secrets?: readonly string[]
  readonly groups?: readonly string[]
  readonly hosts?: readonly string[]
  /** Files that were opened by path, as typed. */
  readonly files?: readonly string[]
  /** The project password itself. */
  readonly password?: boolean
  /** How many more secrets there were than are named. */
  readonly more?: number
}

/** Who did it. Of the program that started us only its name: its arguments may hold anything. */
export interface Who {
  /** Whose wrapped password opened the project; null: a password file or command. */
  readonly operator: string | null
  readonly user: string
  readonly uid: number
  /** Who became root by sudo, as sudo says. */
  readonly sudo: string | null
  readonly pid: number
  readonly parent: { readonly pid: number; readonly name: string | null } | null
  readonly host: string
}

/** What was found wrong with the log itself when it was written to. */
export interface Scar {
  /** torn: the end of a line that a crash left, replaced; cut: entries that the head knows are gone; gone: all of them;
   *  changed: the last line is not ours; head: the signed head is gone or not ours. */
  readonly kind: 'torn' | 'cut' | 'gone' | 'changed' | 'head'
  /** torn: how many bytes. */
  readonly bytes: number | null
  /** What the head says: the last entry there was, and its hash. */
  readonly seq: number | null
  readonly hash: string | null
}

export type Action = 'read' | 'change' | 'deliver' | 'look' | 'log'

/** `begun`: about to be done, the end follows; `done`; or why not. */
export type AccessResult = 'begun' | 'done' | Code

/** What one line says, before it has its place in the chain. */
export interface Access {
  /** ISO in UTC with milliseconds: what the clock said; the order is that of `seq`. */
  readonly at: string
  /** One start of the program: random, hex. */
  readonly run: string
  readonly action: Action
  readonly command: string
  readonly names: Names
  readonly who: Who
  readonly why: string | null
  readonly result: AccessResult
  readonly scar: Scar | null
  /** Made where the log could not be written, and brought in later: when, and why. */
  readonly mark: Mark | null
}

export interface Mark {
  readonly at: string
  /** glass: --break-glass went on without the log; refused: the project could not be opened; late: it had happened
   *  already, or released nothing. */
  readonly kind: 'glass' | 'refused' | 'late'
}

export interface Entry extends Access {
  readonly log: string
  readonly seq: number
  /** SHA-256 of the line before, without its line end; zeros for the first. */
  readonly prev: string
  /** Which project key the MAC is of. */
  readonly key: string
}

export const noEntry: string = '0'.repeat(64)

export interface SealedEntry {
  readonly entry: Entry
  readonly mac: string
}
