import { canonical, type Canonical } from '../canonical.ts'
import { codes, fail, isCode, type Code } from '../errors.ts'
import { withoutControls } from '../host-text.ts'
import { isSecretName } from '../names.ts'
import { count, flag, integer, list, nullable, oneOf, parseOrNull, shape, text, type Shape } from '../shape.ts'

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

const result: Shape<AccessResult> = (value, at) => {
  const found = oneOf('begun', 'done', ...Object.keys(codes))(value, at)
  if (found === 'begun' || found === 'done' || isCode(found)) return found
  throw fail('TAMPERED', 'expected a result', { at })
}

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

const mostNames = 200
const longestText = 500

/** The members of a line, without its MAC. Null is left out; text has no character that could turn a line. */
export const plainEntry = (entry: Entry): Record<string, Canonical | undefined> => ({
  ...plainAccess(entry),
  log: entry.log,
  seq: entry.seq,
  prev: entry.prev,
  key: entry.key,
})

/** Also what a mark is. */
export const plainAccess = ({
  who,
  scar,
  mark,
  why,
  names,
  ...rest
}: Access): Record<string, Canonical | undefined> => ({
  at: rest.at,
  run: rest.run,
  action: rest.action,
  command: tame(rest.command),
  result: rest.result,
  names: plainNames(names),
  who: {
    operator: who.operator ?? undefined,
    user: tame(who.user),
    uid: who.uid,
    sudo: who.sudo === null ? undefined : tame(who.sudo),
    pid: who.pid,
    parent: who.parent === null ? undefined : { pid: who.parent.pid, name: tamed(who.parent.name) },
    host: tame(who.host),
  },
  why: tamed(why),
  scar: scar === null ? undefined : plainScar(scar),
  mark: mark === null ? undefined : { at: mark.at, kind: mark.kind },
})

const plainScar = ({ kind, bytes, seq, hash }: Scar): Canonical => ({
  kind,
  bytes: bytes ?? undefined,
  seq: seq ?? undefined,
  hash: hash ?? undefined,
})

const plainNames = ({
  secrets = [],
  groups = [],
  hosts = [],
  files = [],
  password = false,
  more = 0,
}: Names): Canonical => {
  const left = more + Math.max(0, secrets.length - mostNames)
  return {
    secrets: secrets.length === 0 ? undefined : secrets.slice(0, mostNames).map(secretName),
    groups: groups.length === 0 ? undefined : groups.slice(0, mostNames).map(tame),
    hosts: hosts.length === 0 ? undefined : hosts.slice(0, mostNames).map(tame),
    files: files.length === 0 ? undefined : files.slice(0, mostNames).map(tame),
    password: password ? true : undefined,
    more: left === 0 ? undefined : left,
  }
}

/** What is typed where a name belongs may be a value. */
const secretName = (found: string): string => (isSecretName(found) ? found : '(no name)')

const tamed = (found: string | null): string | undefined => (found === null ? undefined : tame(found))

/** On one line, visible, cut. */
const tame = (found: string): string => withoutControls(found.slice(0, longestText).toWellFormed())

const names: Shape<Names> = (value, at) => {
  const found = namesMembers(value, at)
  return {
    ...(found.secrets === null ? {} : { secrets: found.secrets }),
    ...(found.groups === null ? {} : { groups: found.groups }),
    ...(found.hosts === null ? {} : { hosts: found.hosts }),
    ...(found.files === null ? {} : { files: found.files }),
    ...(found.password === null ? {} : { password: found.password }),
    ...(found.more === null ? {} : { more: found.more }),
  }
}

const namesMembers = shape({
  secrets: nullable(list(text)),
  groups: nullable(list(text)),
  hosts: nullable(list(text)),
  files: nullable(list(text)),
  password: nullable(flag),
  more: nullable(count),
})

const hash: Shape<string> = (value, at) => {
  const found = text(value, at)
  if (/^[0-9a-f]{64}$/.test(found)) return found
  throw fail('TAMPERED', 'expected a hash', { at })
}

const access = {
  at: text,
  run: text,
  action: oneOf('read', 'change', 'deliver', 'look', 'log'),
  command: text,
  result,
  names,
  who: shape<Who>({
    operator: nullable(text),
    user: text,
    uid: integer,
    sudo: nullable(text),
    pid: integer,
    parent: nullable(shape({ pid: integer, name: nullable(text) })),
    host: text,
  }),
  why: nullable(text),
  scar: nullable(
    shape<Scar>({
      kind: oneOf('torn', 'cut', 'gone', 'changed', 'head'),
      bytes: nullable(count),
      seq: nullable(count),
      hash: nullable(hash),
    }),
  ),
  mark: nullable(shape<Mark>({ at: text, kind: oneOf('glass', 'refused', 'late') })),
}

const line = shape<Entry & { readonly mac: string }>({
  ...access,
  log: text,
  seq: count,
  prev: hash,
  key: text,
  mac: hash,
})
const accessShape = shape<Access>(access)

export interface SealedEntry {
  readonly entry: Entry
  readonly mac: string
}

/** Null for what is no line of ours: another form of the same meaning is none either. */
export const parseLine = (source: string): SealedEntry | null => {
  const found = parseOrNull(source, line)
  if (found === null) return null
  const { mac, ...entry } = found
  return printLine(entry, mac) === source ? { entry, mac } : null
}

/** Null for what is none. */
export const parseAccess = (source: string): Access | null => parseOrNull(source, accessShape)

/** Without a line end. */
export const printLine = (entry: Entry, mac: string): string => canonical({ ...plainEntry(entry), mac })
