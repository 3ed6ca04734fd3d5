import type { Shape } from '../shape.ts'
import { engineHoldings, machineFacts } from './machine-facts.ts'
import type { CopyFacts } from './copy-facts.ts'
import { copyFacts } from './copy-facts.ts'
import type { EngineHoldings, MachineFacts } from './machine-facts.ts'
import { count, flag, integer, list, nullable, oneOf, pathText, shape, text } from '../shape.ts'
import type { Surface } from './audit-places.ts'
import { surfaces } from './audit-places.ts'

/** What a host says of what is around our paths. Values are named by their place in the list of forms that it was sent;
 *  -1 stands for a scope password of its own. */
export interface AuditFacts {
  /** Every directory above ours, up to the root. */
  readonly parents: readonly ParentFacts[]
  /** Those of our paths that have more to them than a mode. */
  readonly marked: readonly MarkedPath[]
  readonly processes: ProcessesFacts
  readonly places: readonly PlaceFacts[]
  /** Directories that are like ours, of whatever project. */
  readonly copies: readonly CopyFacts[]
  readonly engine: EngineHoldings
  readonly machine: MachineFacts
  /** What there was no time or room to look through. */
  readonly incomplete: readonly Looked[]
}

/** What is looked through: kinds of places, and what is no file of the host. */
export type Looked = Surface | (typeof besidesFiles)[number]
const besidesFiles = ['paths', 'processes', 'engine', 'machine'] as const

export interface ParentFacts {
  readonly path: string
  readonly kind: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly acl: readonly AclEntry[]
}

/** One entry of a POSIX access list. */
export interface AclEntry {
  /** 2: a user, 8: a group, 16: the mask; the others are in the mode. */
  readonly tag: number
  /** Read 4, write 2, execute 1. */
  readonly permissions: number
  /** Of the user or group. */
  readonly id: number
}

export interface MarkedPath {
  /** Relative to the directory. */
  readonly path: string
  readonly acl: readonly AclEntry[]
  /** What files made in it will get. */
  readonly defaultAcl: readonly AclEntry[]
  /** Names of extended attributes, access lists aside. */
  readonly attributes: readonly string[]
  /** 16: immutable, 32: append only. */
  readonly flags: number
  /** Values that lie there open. */
  readonly held: readonly number[]
}

export interface ProcessesFacts {
  readonly seen: number
  /** Whose environment could not be read. */
  readonly unread: number
  /** Those that hold a value where others may see it. */
  readonly found: readonly ProcessFacts[]
}

export interface ProcessFacts {
  readonly pid: number
  readonly uid: number
  readonly name: string
  /** Id of the container that it runs in. */
  readonly container: string | null
  readonly unit: string | null
  /** A crash would write its memory to disk. */
  readonly dumps: boolean
  readonly arguments: readonly number[]
  readonly environment: readonly number[]
}

/** A file of the host; see audit-places.ts. */
export interface PlaceFacts {
  readonly surface: Surface
  readonly path: string
  readonly kind: string
  readonly mode: number
  readonly uid: number
  readonly size: number
  /** Seconds since 1970. */
  readonly changed: number
  readonly held: readonly number[]
}

const acl: Shape<AclEntry> = (value, at) => {
  const [tag, permissions, id] = list(integer)(value, at)
  return { tag: integer(tag, at), permissions: integer(permissions, at), id: integer(id, at) }
}

/** Arrives as a list, there may be thousands. */
const marked: Shape<MarkedPath> = (value, at) => {
  const [path, entries, defaults, attributes, flags, held] = list((each) => each)(value, at)
  return {
    path: pathText(path, at),
    acl: list(acl)(entries, at),
    defaultAcl: list(acl)(defaults, at),
    attributes: list(text)(attributes, at),
    flags: count(flags, at),
    held: list(integer)(held, at),
  }
}

const place: Shape<PlaceFacts> = (value, at) => {
  const [surface, path, kind, mode, uid, size, changed, held] = list((each) => each)(value, at)
  return {
    surface: oneOf(...surfaces)(surface, at),
    path: pathText(path, at),
    kind: text(kind, at),
    mode: integer(mode, at),
    uid: integer(uid, at),
    size: integer(size, at),
    changed: integer(changed, at),
    held: list(integer)(held, at),
  }
}

const processes: Shape<ProcessesFacts> = shape({
  seen: count,
  unread: count,
  found: list(
    shape<ProcessFacts>({
      pid: count,
      uid: integer,
      name: text,
      container: nullable(text),
      unit: nullable(text),
      dumps: flag,
      arguments: list(integer),
      environment: list(integer),
    }),
  ),
})

export const auditFacts: Shape<AuditFacts> = shape({
  parents: list(
    shape<ParentFacts>({ path: pathText, kind: text, mode: count, uid: integer, gid: integer, acl: list(acl) }),
  ),
  marked: list(marked),
  processes,
  places: list(place),
  copies: list(copyFacts),
  engine: engineHoldings,
  machine: machineFacts,
  incomplete: list(oneOf(...surfaces, ...besidesFiles)),
})
