import { canonical, type Canonical } from '../canonical.ts'
import { withoutControls } from '../host-text.ts'
import { isSecretName } from '../names.ts'
import type { Access, Entry, Names, Scar } from './entry.ts'

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

/** Without a line end. */
export const printLine = (entry: Entry, mac: string): string => canonical({ ...plainEntry(entry), mac })
