import { hostText, shellWord } from '../host-text.ts'
import type { AclEntry, MarkedPath, ParentFacts } from './audit-facts.ts'
import type { AuditInput } from './audit-host.ts'
import type { Finding } from './findings.ts'
import { finding } from './findings.ts'
import { namesHeld, valueFindings } from './value-findings.ts'

/** What is above our directory, and what our paths have besides a mode. */
export const auditPaths = (input: AuditInput): readonly Finding[] => [
  ...(input.facts.audit?.parents ?? []).flatMap((one) => auditParent(input, one)),
  ...(input.facts.audit?.marked ?? []).flatMap((one) => auditMarked(input, one)),
]

const sticky = 0o1000

/** Whoever can rename something in a directory above ours can put a directory of their own in its place. */
const auditParent = ({ desired, facts }: AuditInput, one: ParentFacts): readonly Finding[] => {
  const at = { host: desired.host, path: one.path }
  const word = shellWord(one.path)
  const isForeign = one.uid !== 0 && one.uid !== facts.uid
  const isOpen = one.kind !== 'link' && (one.mode & 0o022) !== 0 && (one.mode & sticky) === 0
  const writers = one.acl.filter((entry) => isNamed(entry) && (allowed(entry, one.acl) & 2) !== 0)
  const found: Finding[] = []
  if (isForeign) {
    const message = `belongs to uid ${one.uid}, who can put another directory in the place of ours`
    found.push(finding('PARENT-LOOSE', { ...at, message, fix: `chown -h root ${word}` }))
  }
  if (isOpen && writers.length === 0) {
    const message = `mode is ${one.mode.toString(8)}: others can put another directory in the place of ours`
    found.push(finding('PARENT-LOOSE', { ...at, message, fix: `chmod go-w ${word}` }))
  }
  if (writers.length > 0 && (one.mode & sticky) === 0) {
    const message = `its access list lets ${who(writers)} put another directory in the place of ours`
    found.push(finding('PARENT-LOOSE', { ...at, message, fix: `setfacl -b ${word}` }))
  }
  return found
}

const aclUser = 2
const aclGroup = 8
const aclMask = 16

const isNamed = ({ tag }: AclEntry): boolean => tag === aclUser || tag === aclGroup

/** What an entry really allows: no more than the mask. */
const allowed = (entry: AclEntry, list: readonly AclEntry[]): number =>
  entry.permissions & (list.find(({ tag }) => tag === aclMask)?.permissions ?? 7)

const who = (entries: readonly AclEntry[]): string =>
  [...new Set(entries.map(({ tag, id }) => `${tag === aclUser ? 'uid' : 'gid'} ${id}`))].join(', ')

const auditMarked = (input: AuditInput, one: MarkedPath): readonly Finding[] => {
  const { desired, facts } = input
  const path = one.path === '.' ? desired.directory : `${desired.directory}/${one.path}`
  const at = { host: desired.host, path }
  const held = facts.asked === null ? [] : namesHeld(facts.asked.sought, one.held)
  const place = { ...at, id: 'PLAINTEXT', where: 'lies open in this file', fix: `rm ${shellWord(path)}` } as const
  return [...letIn(one, at), ...odd(one, at), ...immovable(one, at), ...valueFindings(held, place)]
}

interface Place {
  readonly host: string
  readonly path: string
}

const letIn = ({ acl, defaultAcl }: MarkedPath, at: Place): readonly Finding[] => {
  const named = [acl, defaultAcl].flatMap((list) =>
    list.filter((entry) => isNamed(entry) && allowed(entry, list) !== 0),
  )
  if (named.length === 0) return []
  const fix = `setfacl -b ${shellWord(at.path)}`
  return [finding('ACL-GRANTS', { ...at, message: `its access list lets ${who(named)} in`, fix })]
}

const odd = ({ attributes }: MarkedPath, at: Place): readonly Finding[] => {
  const names = attributes.filter((name) => !isOfSystem(name))
  if (names.length === 0) return []
  const word = shellWord(at.path)
  const remove = names.map((name) => `setfattr -x ${shellWord(name)} ${word}`).join('; ')
  const message = `has ${names.map((name) => hostText(name, 80)).join(', ')}`
  return [finding('ODD-ATTRIBUTE', { ...at, message, fix: `look at it: getfattr -d -m - ${word}; ${remove}` })]
}

const immutable = 16

const immovable = ({ flags }: MarkedPath, at: Place): readonly Finding[] => {
  if (flags === 0) return []
  const [what, letter] = (flags & immutable) === 0 ? ['append-only', 'a'] : ['immutable', 'i']
  const message = `is ${what}: nothing can replace or remove it`
  return [finding('IMMUTABLE', { ...at, message, fix: `chattr -${letter} ${shellWord(at.path)}` })]
}

/** What the system itself puts on files: labels of SELinux and Smack, IMA, overlays. */
const isOfSystem = (name: string): boolean =>
  /^(security\.(selinux|ima|evm|SMACK64\w*|apparmor)|trusted\.overlay\..*)$/.test(name)
