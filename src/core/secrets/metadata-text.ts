import { fail } from '../errors.ts'
import { isFingerprint } from './fingerprint.ts'
import type { FileRecord, Metadata, Operator, RecoveryRecipient, SecretRecord } from './metadata.ts'
import { parseGroupPath } from './metadata.ts'
import { isHostName, isPathName, isSecretName } from '../names.ts'

/** The document with its MAC, 64 hex digits. */
export interface SealedMetadata {
  readonly metadata: Metadata
  readonly mac: string
}

/** The text of secrets/metadata.yaml: YAML in one strict form, a line for each secret, sorted, so that git merges by
 *  line and a reader needs no YAML library. */
export const formatMetadata = ({ metadata, mac }: SealedMetadata): string => {
  const lines = [
    '# written by lockstep and authenticated: change it with lockstep only',
    'format: 1',
    `project: ${metadata.project}`,
    `environment: ${metadata.environment}`,
    'files:',
  ]
  for (const [path, records] of sorted(metadata.files)) {
    lines.push(`  ${path}:`)
    for (const [name, record] of sorted(records)) lines.push(`    ${name}: ${formatRecord(record)}`)
  }
  lines.push('operators:')
  for (const [name, { recipient, added }] of sorted(metadata.operators)) {
    lines.push(`  ${name}: { recipient: ${JSON.stringify(recipient)}, added: ${added} }`)
  }
  const { recovery } = metadata
  if (recovery !== null) {
    lines.push(`recovery: { recipient: ${recovery.recipient}, added: ${recovery.added}, check: ${recovery.check} }`)
  }
  if (metadata.accepted !== null) lines.push(`accepted: ${metadata.accepted}`)
  return `${lines.join('\n')}\nmac: ${mac}\n`
}

const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => Array.from(map).sort(([a], [b]) => (a < b ? -1 : 1))

const formatRecord = ({ version, set, rotated, fingerprint, before }: SecretRecord): string => {
  const parts = [`version: ${version}`, `set: ${set}`]
  if (rotated !== null) parts.push(`rotated: ${rotated}`)
  parts.push(fingerprint === null ? 'removed: true' : `fingerprint: ${fingerprint}`)
  if (before !== null) parts.push(`before: ${before}`)
  return `{ ${parts.join(', ')} }`
}

/** Reads what `formatMetadata` writes and nothing else; the MAC is the caller's to check.
 *  @throws TAMPERED naming the line; CONFLICT where git left its marks */
export const parseMetadata = (text: string, at: string): SealedMetadata => {
  const reading = new Map<string, string>()
  const files = new Map<string, Map<string, SecretRecord>>()
  const operators = new Map<string, Operator>()
  let section = ''
  let records: Map<string, SecretRecord> | null = null
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const place = `${at}:${index + 1}`
    if (line === '' || line.startsWith('#')) continue
    const top = line.startsWith(' ') ? null : /^([a-z]+):(?: (.+))?$/.exec(line)
    if (top?.[1] !== undefined) {
      if (reading.has(top[1])) throw unreadable(line, place)
      reading.set((section = top[1]), top[2] ?? '')
      records = null
    } else if (section === 'files' && line.startsWith('    ')) addSecret(records, line, place)
    else if (section === 'files') records = addFile(files, line, place)
    else if (section === 'operators') addOperator(operators, line, place)
    else throw unreadable(line, place)
  }
  return assemble(reading, files, operators, at)
}

const addFile = (
  files: Map<string, Map<string, SecretRecord>>,
  line: string,
  at: string,
): Map<string, SecretRecord> => {
  const path = /^ {2}(\S+):$/.exec(line)?.[1] ?? ''
  const parsed = parseGroupPath(path)
  if (parsed === null || files.has(path)) throw unreadable(line, at)
  if (parsed.host !== null && !isHostName(parsed.host)) throw unreadable(line, at)
  const records = new Map<string, SecretRecord>()
  files.set(path, records)
  return records
}

const recordLine =
  /^ {4}(\w+): \{ version: ([1-9]\d{0,14}), set: (\S+)(?:, rotated: ([^\s,]+))?, (?:removed: (true)|fingerprint: ([0-9a-f]{12}))(?:, before: ([0-9a-f]{12}))? \}$/

const addSecret = (records: Map<string, SecretRecord> | null, line: string, at: string): void => {
  const [, name = '', version, set = '', rotated, removed, fingerprint = '', before] = recordLine.exec(line) ?? []
  const times = rotated === undefined ? [set] : [set, rotated]
  const good = isSecretName(name) && times.every(isTime) && (removed === 'true' || isFingerprint(fingerprint))
  if (records === null || records.has(name) || !good) throw unreadable(line, at)
  records.set(name, {
    version: Number(version),
    set,
    rotated: rotated ?? null,
    fingerprint: removed === 'true' ? null : fingerprint,
    before: before ?? null,
  })
}

const addOperator = (operators: Map<string, Operator>, line: string, at: string): void => {
  const match = /^ {2}([a-z0-9_-]+): \{ recipient: ("(?:[^"\\]|\\.)*"), added: (\S+) \}$/.exec(line)
  const [, name = '', quoted = '', added = ''] = match ?? []
  if (!isPathName(name) || !isTime(added) || operators.has(name)) throw unreadable(line, at)
  operators.set(name, { recipient: unquote(quoted, line, at), added })
}

const unquote = (quoted: string, line: string, at: string): string => {
  try {
    return String(JSON.parse(quoted))
  } catch (cause) {
    if (cause instanceof SyntaxError) throw unreadable(line, at)
    throw cause
  }
}

const isTime = (text: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)

/** Null where the line is not there; undefined for one that lockstep does not write. */
const readRecovery = (text: string | undefined): RecoveryRecipient | null | undefined => {
  if (text === undefined) return null
  const match = /^\{ recipient: (age1[a-z0-9]{50,3000}), added: (\S+), check: ([0-9a-f]{32}) \}$/.exec(text)
  const [, recipient = '', added = '', check = ''] = match ?? []
  return match === null || !isTime(added) ? undefined : { recipient, added, check }
}

const keys = ['format', 'project', 'environment', 'files', 'operators', 'mac']
const optional = ['recovery', 'accepted']

const isMac = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)

const assemble = (
  reading: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, FileRecord>,
  operators: ReadonlyMap<string, Operator>,
  at: string,
): SealedMetadata => {
  const [project = '', environment = '', mac = ''] = ['project', 'environment', 'mac'].map((key) => reading.get(key))
  if (reading.get('format') !== '1' && reading.has('format')) {
    throw fail('CONFIG', 'written by a newer lockstep', { at, hint: 'upgrade lockstep' })
  }
  const recovery = readRecovery(reading.get('recovery'))
  const accepted = reading.get('accepted') ?? null
  const isWhole = keys.every((key) => reading.has(key))
  const complete = isWhole && reading.size === keys.length + optional.filter((key) => reading.has(key)).length
  if (
    !complete ||
    recovery === undefined ||
    !isPathName(project) ||
    !isPathName(environment) ||
    !isMac(mac) ||
    (accepted !== null && !isMac(accepted))
  ) {
    throw fail('TAMPERED', 'not complete, or not as lockstep writes it', { at, hint: restoreHint })
  }
  return { metadata: { project, environment, files, operators, recovery, accepted }, mac }
}

const restoreHint = 'restore it: git checkout -- secrets/metadata.yaml'

const unreadable = (line: string, at: string): Error =>
  /^(<{7}|={7}|>{7}|\|{7})/.test(line)
    ? fail('CONFLICT', 'git left the marks of a merge here', {
        at,
        hint: 'git merge --abort, lockstep init (it sets up the merge drivers of this clone), then git merge again',
      })
    : fail('TAMPERED', 'a line that lockstep does not write', { at, hint: restoreHint })
