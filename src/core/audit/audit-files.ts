import { hostText, shellWord } from '../host-text.ts'
import { copiesOf } from './audit-copies.ts'
import type { PlaceFacts } from './audit-facts.ts'
import type { Surface } from './audit-places.ts'
import type { AuditInput } from './audit-host.ts'
import type { Finding, FindingId } from './findings.ts'
import { finding } from './findings.ts'
import { namesHeld, valueFindings } from './value-findings.ts'

/** Files of the host besides ours: values in them, and what should not be there whatever it holds. */
export const auditFiles = (input: AuditInput): readonly Finding[] =>
  (input.facts.audit?.places ?? []).flatMap((one) => [
    ...values(input, one),
    ...(judges[one.surface]?.(input, one) ?? []),
  ])

type BySurface<T> = Readonly<Partial<Record<Surface, T>>>

interface ValueKind {
  readonly id: FindingId
  readonly where: string
  readonly fix: (word: string) => string
}

const remove = (word: string): string => `rm ${word}`
const edit = (word: string): string => `take it out of ${word}`

/** By surface: which finding a value there is, and what to do about the file. */
const kinds: BySurface<ValueKind> = {
  piece: { id: 'VALUE-IN-UNIT', where: 'in this file of ours', fix: edit },
  unit: { id: 'VALUE-IN-UNIT', where: 'in this unit file', fix: edit },
  cron: { id: 'VALUE-IN-CRON', where: 'in this cron file', fix: edit },
  compose: { id: 'VALUE-IN-COMPOSE', where: 'in this compose file', fix: edit },
  settings: { id: 'VALUE-IN-SETTINGS', where: 'in this file of settings', fix: edit },
  history: { id: 'VALUE-IN-HISTORY', where: 'in this history of commands', fix: edit },
  log: { id: 'VALUE-IN-LOG', where: 'in this log', fix: edit },
}
const anyFile: ValueKind = { id: 'VALUE-IN-FILE', where: 'lies open in this file', fix: remove }

const values = (input: AuditInput, one: PlaceFacts): readonly Finding[] => {
  const { desired, facts } = input
  const held = facts.asked === null ? [] : namesHeld(facts.asked.sought, one.held)
  const isToldAsCopy = copiesOf(input).some(({ keys }) => keys.includes(one.path))
  const names = isToldAsCopy ? held.filter(({ kind }) => kind !== 'scope-password') : held
  if (names.length === 0) return []
  const { id, where, fix } = kinds[one.surface] ?? anyFile
  const word = shellWord(one.path)
  const isClone = one.path.endsWith('/.vault-password')
  const others = isClone ? names.filter(({ kind }) => kind !== 'project-password') : names
  const found = valueFindings(others, { id, host: desired.host, path: one.path, where, fix: fix(word) })
  return others.length === names.length ? found : [...found, clone(desired.host, one.path)]
}

/** The control host has one, and nobody else should. */
const clone = (host: string, path: string): Finding =>
  finding('CLONE', {
    host,
    path,
    message: 'the project password lies here, in a clone of the project',
    fix: `where ${host} is not the host you work from: rm ${shellWord(path)} (on ${host}); then lockstep rekey`,
  })

type Judge = (input: AuditInput, one: PlaceFacts) => readonly Finding[]

const piece: Judge = ({ desired, facts }, one) => {
  if (one.kind === 'link') return []
  const at = { host: desired.host, path: one.path }
  const word = shellWord(one.path)
  const found: Finding[] = []
  if (one.uid !== 0 && one.uid !== facts.uid) {
    const message = `belongs to uid ${one.uid}, and root runs what it says`
    found.push(finding('PIECE-WRITABLE', { ...at, message, fix: `look at it; chown root ${word}` }))
  }
  if ((one.mode & 0o022) !== 0) {
    const message = `mode is ${one.mode.toString(8)}: others can change what root runs`
    found.push(finding('PIECE-WRITABLE', { ...at, message, fix: `look at it; chmod go-w ${word}` }))
  }
  return found
}

const hour = 3600

/** What is younger may be of a play that runs now. */
const leftByAnsible: Judge = ({ desired, facts }, one) => {
  if (one.size === 0 || facts.now - one.changed < hour) return []
  const message = 'a file that a run of Ansible left: arguments of its tasks may be in it'
  return [finding('ANSIBLE-LEFT', { host: desired.host, path: one.path, message, fix: remove(shellWord(one.path)) })]
}

/** What the name says is a copy of ours, and nothing in it does; files further down are told for their values alone. */
const copy: Judge = (input, one) => {
  const { desired } = input
  if (copiesOf(input).some(({ path, whole }) => whole && path === one.path)) return []
  if (one.kind !== 'file' && one.kind !== 'directory') return []
  if (one.kind === 'file' && one.size === 0) return []
  if (!isCopyOf(desired.directory, one.path)) return []
  const at = { host: desired.host, path: one.path }
  const fix = `look at it; ${one.kind === 'file' ? 'rm' : 'rm -r'} ${shellWord(one.path)}`
  const message = `a copy of ${hostText(desired.directory, 80)}, by its name`
  const open = one.mode & (one.kind === 'file' ? 0o044 : 0o055)
  return open === 0
    ? [finding('COPY-BESIDE', { ...at, message, fix })]
    : [finding('BACKUP-READABLE', { ...at, message: `${message}, and others can read it`, fix })]
}

const isCopyOf = (directory: string, path: string): boolean => {
  const name = directory.slice(directory.lastIndexOf('/') + 1)
  const last = path.slice(path.lastIndexOf('/') + 1)
  return last.startsWith(name) && /[~._-]|\d/.test(last.slice(name.length))
}

const dump: Judge = ({ desired }, one) => {
  if (one.kind !== 'file' || one.size === 0) return []
  const message = 'the memory of a program that crashed, with whatever values it had'
  return [finding('CORE-DUMP', { host: desired.host, path: one.path, message, fix: remove(shellWord(one.path)) })]
}

const judges: BySurface<Judge> = { piece, ansible: leftByAnsible, copy, dump }
