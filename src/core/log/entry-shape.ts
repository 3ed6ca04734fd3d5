import { codes, fail, isCode } from '../errors.ts'
import { count, flag, integer, list, nullable, oneOf, parseOrNull, shape, text, type Shape } from '../shape.ts'
import type { Access, AccessResult, Entry, Mark, Names, Scar, SealedEntry, Who } from './entry.ts'
import { printLine } from './entry-text.ts'

const result: Shape<AccessResult> = (value, at) => {
  const found = oneOf('begun', 'done', ...Object.keys(codes))(value, at)
  if (found === 'begun' || found === 'done' || isCode(found)) return found
  throw fail('TAMPERED', 'expected a result', { at })
}

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

/** Null for what is no line of ours: another form of the same meaning is none either. */
export const parseLine = (source: string): SealedEntry | null => {
  const found = parseOrNull(source, line)
  if (found === null) return null
  const { mac, ...entry } = found
  return printLine(entry, mac) === source ? { entry, mac } : null
}

/** Null for what is none. */
export const parseAccess = (source: string): Access | null => parseOrNull(source, accessShape)
