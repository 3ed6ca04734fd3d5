import { auditAround } from './audit-around.ts'
import type { DesiredHost } from '../fleet/desired.ts'
import type { Finding } from './findings.ts'
import { finding } from './findings.ts'
import type { Mend } from './mend.ts'
import { octal } from './mend.ts'
import type { HostFacts, PathFacts } from '../fleet/host-facts.ts'
import type { ExpectedPath } from '../fleet/host-layout.ts'
import { expectedPath } from '../fleet/host-layout.ts'
import { hostText, shellWord } from '../host-text.ts'
import { engineWord } from '../containers/instances.ts'
import type { Ledger } from '../fleet/ledger.ts'
import { wasSetUp } from '../fleet/ledger.ts'

export interface AuditInput {
  readonly desired: DesiredHost
  readonly facts: HostFacts
  readonly ledger: Ledger
}

/** Everything wrong on one host, from its facts. Pure. */
export const auditHost = (input: AuditInput): readonly Finding[] => [
  ...(input.facts.paths ?? []).flatMap((path) => auditPath(input, path)),
  ...missingLinks(input),
  ...scopes(input),
  ...whoAndWhen(input),
  ...width(input),
  ...undeclared(input),
  ...auditAround(input),
]

const auditPath = (input: AuditInput, path: PathFacts): Finding[] => {
  const full = path.path === '.' ? input.desired.directory : `${input.desired.directory}/${path.path}`
  const at = { host: input.desired.host, path: full }
  if (!isBelow(path.path))
    return [finding('UNKNOWN-FILE', { ...at, message: 'no such path can be', fix: lookThere(at) })]
  const expected = expectedPath(path.path)
  if (expected === null) return unknownPath(path, at)
  const found: Finding[] = []
  if (path.kind !== expected.kind || (path.kind === 'file' && path.links > 1)) {
    const message =
      path.kind === expected.kind
        ? 'has other hard links'
        : `is a ${hostText(path.kind, 20)}, should be a ${expected.kind}`
    return [finding('WRONG-KIND', { ...at, message, fix: `lockstep deploy --hosts ${at.host} --replace-files` })]
  }
  if (path.kind === 'link') return found
  const owner = ownerOf(input, expected, path.path)
  if (owner !== null && path.uid !== owner) {
    const message = `belongs to uid ${path.uid}, should belong to ${owner}`
    const fix = `chown ${owner} ${shellWord(full)}`
    found.push(finding('NON-ROOT-OWNER', { ...at, message, fix, ...mending(path, { uid: owner }) }))
  }
  return [...found, ...looseMode(path, expected, at)]
}

/** The directory itself is left to people: whoever could change it may have put another in its place. */
const mending = ({ path, kind, mode, uid }: PathFacts, to: Pick<Mend, 'mode' | 'uid'>): { readonly mend?: Mend } =>
  path !== '.' && (kind === 'file' || kind === 'directory') ? { mend: { path, seen: { kind, mode, uid }, ...to } } : {}

const looseMode = (path: PathFacts, expected: ExpectedPath, at: { host: string; path: string }): Finding[] => {
  const right = expected.modes[0] ?? 0o600
  const fix = `chmod ${octal(right)} ${shellWord(at.path)}`
  const message = `mode is ${octal(path.mode)}, should be ${octal(right)}`
  const details = { ...at, message, fix, ...mending(path, { mode: right }) }
  const found: Finding[] = []
  if (expected.isSecret && (path.mode & 0o004) !== 0) found.push(finding('WORLD-READABLE', details))
  if ((path.mode & 0o022) !== 0) found.push(finding('GROUP-WRITABLE', details))
  if (found.length === 0 && !expected.modes.includes(path.mode)) found.push(finding('WRONG-MODE', details))
  return found
}

const unknownPath = (path: PathFacts, at: { host: string; path: string }): Finding[] => {
  if (/(^|\/)\.[^/]*\.tmp(\/|$)/.test(path.path)) return []
  const remove = `rm ${shellWord(at.path)}`
  if (/(^|\/)vault-password[^/]*$/.test(path.path)) {
    return [finding('KEY-REMAINS', { ...at, message: 'a copy of a scope password', fix: remove })]
  }
  const found = [
    finding('UNKNOWN-FILE', { ...at, message: 'lockstep did not put it there', fix: `look at it; ${remove}` }),
  ]
  return (path.mode & 0o004) !== 0 && path.kind === 'file' && /\.(env|bak|orig|swp)$|~$/.test(path.path)
    ? [finding('WORLD-READABLE', { ...at, message: 'everybody on the host can read it', fix: remove }), ...found]
    : found
}

/** What a host lists may say anything; a path that leads out of the directory is not repeated as a command. */
const isBelow = (path: string): boolean =>
  path === '.' || path.split('/').every((part) => !['', '.', '..'].includes(part))

const lookThere = ({ host }: { readonly host: string }): string => `find out what answers on ${host}`

/** Null for the scope of a container that the manifest does not declare, or of an older generation: it belongs to
 *  whoever it was declared to belong to then. */
const ownerOf = ({ desired, facts }: AuditInput, expected: ExpectedPath, path: string): number | null => {
  if (expected.owner === 'root') return facts.uid
  const { scope } = expected.owner
  const isOlder = /^generations\/(\d+)\//.exec(path)?.[1] !== String(facts.current) && path.startsWith('generations/')
  const found = isOlder ? undefined : desired.scopes.find((one) => one.scope === scope)
  return found === undefined ? null : (found.uid ?? facts.uid)
}

/** `rm vault-password` by hand removes a link; the copies in the generations stay. */
const missingLinks = ({ desired, facts }: AuditInput): Finding[] => {
  const paths = facts.paths ?? []
  const isLinked = paths.some((one) => one.path === 'vault-password')
  const copies = paths.filter((one) =>
    /^(generations\/\d+\/(containers\/[^/]+\/)?|live\/[^/]+\/\d+\/)vault-password$/.test(one.path),
  )
  if (copies.length === 0 || (isLinked && desired.rung === 'host')) return []
  const why = isLinked ? `its rung is ${desired.rung}` : 'only the link was removed'
  const fix = `lockstep deploy --hosts ${desired.host}`
  return copies.map((one) => {
    const at = { host: desired.host, path: `${desired.directory}/${one.path}` }
    return finding('KEY-REMAINS', { ...at, message: `a scope password is still here although ${why}`, fix })
  })
}

const scopes = ({ desired, facts }: AuditInput): Finding[] =>
  Object.entries(facts.scopes).flatMap(([name, scope]) =>
    scope.wrong.map((wrong) =>
      finding('NOT-WHOLE', {
        host: desired.host,
        path: `${desired.directory}/current (${hostText(name, 80)})`,
        message: hostText(wrong),
        fix: `lockstep deploy --hosts ${desired.host}`,
      }),
    ),
  )

const whoAndWhen = ({ desired, facts, ledger }: AuditInput): Finding[] => {
  const at = { host: desired.host, path: desired.directory }
  if (facts.identity === null) {
    if (wasSetUp(ledger, desired.host)) {
      const fix = `correct its address in the inventory; where you installed it anew yourself: lockstep setup --again ${shellWord(desired.host)}`
      return [
        finding('WRONG-HOST', {
          ...at,
          message: 'a machine without an id answers in the place of the one set up',
          fix,
        }),
      ]
    }
    return [
      finding('NOT-SET-UP', { ...at, message: 'has no id of ours', fix: `lockstep setup --hosts ${desired.host}` }),
    ]
  }
  const known = ledger.hosts[desired.host]
  if (known === undefined) return []
  if (known.id !== facts.identity.id) {
    const fix = `correct its address in the inventory; where you gave this name to that machine yourself: remove host.json there, then lockstep setup --again ${shellWord(desired.host)}`
    return [finding('WRONG-HOST', { ...at, message: 'another machine than the one set up answers', fix })]
  }
  const current = facts.scopes['host']?.manifest?.generation
  if (current === undefined || known.current === null || current.number === known.current) return []
  const was = known.generations.find((one) => one.id === current.id)
  if (was !== undefined && was.number < known.current) {
    const message = `generation ${current.number} is in force, the ledger says ${known.current}`
    const fix = `find out who put it back; lockstep deploy --hosts ${desired.host} --accept-rolled-back`
    return [finding('ROLLED_BACK', { ...at, message, fix })]
  }
  const message = `generation ${current.number} is in force, the ledger knows of ${known.current}`
  return [finding('NOT-RECORDED', { ...at, message, fix: `lockstep deploy --hosts ${desired.host}` })]
}

const width = ({ desired }: AuditInput): Finding[] => {
  const host = desired.scopes[0]
  const path = 'lockstep.yaml'
  const found: Finding[] = []
  if (desired.containers.length === 0 && host !== undefined && host.groups.length > 0) {
    const message = `no container is declared on it, so it gets every group: ${host.groups.join(', ')}`
    found.push(
      finding('SCOPE-WIDE', { host: desired.host, path, message, fix: 'declare its containers in lockstep.yaml' }),
    )
  }
  if (desired.rung === 'host' && (host?.secrets.length ?? 0) > 0) {
    const message = 'root on this host can open everything it was given'
    found.push(
      finding('KEY-BESIDE', {
        host: desired.host,
        path: null,
        message,
        fix: 'give few people root there; a rung without password files is not there yet',
      }),
    )
  }
  return found
}

/** A container that was taken out of the manifest goes on running, with what it was last given. */
const undeclared = ({ desired, facts }: AuditInput): Finding[] => {
  const { engine, identity } = facts
  if (engine === null || identity === null) return []
  const declared = desired.containers.map((one) => one.name)
  const found = engine.containers.filter(
    ({ labels }) =>
      labels['lockstep.project'] === identity.project &&
      labels['lockstep.environment'] === identity.environment &&
      !declared.includes(labels['lockstep.container'] ?? ''),
  )
  return found.map((one) =>
    finding('NOT-DECLARED', {
      host: desired.host,
      path: one.name,
      message: `holds generation ${hostText(one.labels['lockstep.generation'] ?? '?', 20)} and is no longer declared`,
      fix: `${engineWord(facts)} rm -f ${containerWord(one.name)} on ${desired.host}, or declare it again`,
    }),
  )
}

/** No engine gives a name that looks like a flag. */
const containerWord = (name: string): string => shellWord(name.replace(/^-+/, ''))
