import { isoTime } from '../../core/duration.ts'
import { updateDotenv } from '../../core/formats/dotenv.ts'
import { fail } from '../../core/errors.ts'
import type { FileRecord, Metadata, SecretRecord } from '../../core/secrets/metadata.ts'
import { groupPath, nextVersion, parseGroupPath, placesOf } from '../../core/secrets/metadata.ts'
import { Secret } from '../../core/secret.ts'
import type { GroupFile } from './group-file.ts'
import { fingerprintsOf, groupFileOf } from './group-file.ts'

/** One value to write into a group, or into one host's own file of that group; null removes it. */
export interface SecretWrite {
  readonly group: string
  readonly host?: string | null
  readonly name: string
  readonly value: Secret | null
  /** What is recorded of it, where hosts have it already: a rotation's value is promoted once they run it. Absent: the
   *  next version, set now. */
  readonly record?: Pick<SecretRecord, 'version' | 'set' | 'rotated'>
}

/** A whole new text for a file, made from what `basedOn` says (null: from nothing). */
export interface TextWrite {
  readonly group: string
  readonly host?: string | null
  readonly text: Secret
  readonly basedOn: GroupFile | null
}

export interface ChangedSecret {
  readonly name: string
  readonly group: string
  readonly host: string | null
  readonly what: 'added' | 'changed' | 'removed'
  readonly version: number
}

/** What the files are now, and what is known of them. */
export interface Current {
  readonly metadata: Metadata
  /** The files that are written to, by path; null where there is none yet. */
  readonly files: ReadonlyMap<string, GroupFile | null>
  readonly key: Uint8Array
  /** Milliseconds since 1970. */
  readonly now: number
  /** By name, the highest version that was seen on the fleet; absent: it is not above what is known here. */
  readonly onFleet?: ReadonlyMap<string, number>
}

export interface FilePlan {
  /** New plain text by path; only files whose text changes. */
  readonly texts: ReadonlyMap<string, Secret>
  readonly metadata: Metadata
  readonly changed: readonly ChangedSecret[]
}

export const pathOfWrite = (write: { readonly group: string; readonly host?: string | null }): string =>
  groupPath(write.group, write.host ?? null)

/** Decides the new text and the new records of every file that is written to. Values that stay the same change nothing.
 *  @throws CONFLICT when a file was changed since it was read, or a name would be in two groups; CONFIG for bad text */
export const planChange = (
  current: Current,
  writes: readonly SecretWrite[],
  texts: readonly TextWrite[] = [],
): FilePlan => {
  const plan = { texts: new Map<string, Secret>(), metadata: current.metadata, changed: new Array<ChangedSecret>() }
  for (const path of new Set([...writes, ...texts].map(pathOfWrite))) {
    const before = current.files.get(path) ?? null
    const own = writes.filter((write) => pathOfWrite(write) === path)
    const whole = texts.find((write) => pathOfWrite(write) === path)
    if (whole !== undefined) checkBase(whole, before, path)
    const start = whole?.text ?? before?.text ?? new Secret('')
    const text = new Secret(updateDotenv(start.reveal(), new Map(own.map(({ name, value }) => [name, value]))))
    const given = new Map(own.flatMap(({ name, record }) => (record === undefined ? [] : [[name, record] as const])))
    const isSame = before !== null && text.equals(before.text)
    if (isSame && given.size === 0) continue
    const file = groupFileOf(path, text.bytes(), path)
    const recorded = recordFile({ ...current, metadata: plan.metadata }, file, given)
    if (!isSame) plan.texts.set(path, text)
    plan.metadata = recorded.metadata
    plan.changed.push(...recorded.changed)
  }
  checkOneGroupEach(plan.metadata, plan.changed)
  return plan
}

/** Records what a file now holds: a new version for every name whose value is not the recorded one. `given`: records that
 *  hosts have already.
 *  @throws CONFLICT where one of those names was changed since */
export const recordFile = (
  { metadata, key, now, onFleet }: Pick<Current, 'metadata' | 'key' | 'now' | 'onFleet'>,
  file: GroupFile,
  given: ReadonlyMap<string, NonNullable<SecretWrite['record']>> = new Map(),
): Pick<FilePlan, 'metadata' | 'changed'> => {
  const before: FileRecord = metadata.files.get(file.path) ?? new Map()
  const found = fingerprintsOf(file, key)
  const records = new Map(before)
  const changed: ChangedSecret[] = []
  for (const name of new Set([...found.keys(), ...before.keys()])) {
    const [old, fingerprint] = [before.get(name), found.get(name) ?? null]
    const formerly = old?.fingerprint ?? null
    const as = given.get(name)
    if (as === undefined ? fingerprint === formerly : isRecorded(as, old, fingerprint)) continue
    if (as !== undefined && (old?.version ?? 0) >= as.version) throw changedSince(name, file)
    const version = Math.max(nextVersion(metadata, name), 1 + (onFleet?.get(name) ?? 0))
    const next = as ?? { version, set: isoTime(now), rotated: old?.rotated ?? null }
    const what = fingerprint === null ? 'removed' : formerly === null ? 'added' : 'changed'
    records.set(name, { ...next, fingerprint, before: formerly })
    changed.push({ name, group: file.group, host: file.host, what, version: next.version })
  }
  return { metadata: { ...metadata, files: new Map(metadata.files).set(file.path, records) }, changed }
}

/** A value that was never there, and shall not be, needs no record. */
const isRecorded = (
  as: Pick<SecretRecord, 'version'>,
  old: SecretRecord | undefined,
  fingerprint: string | null,
): boolean => (old === undefined ? fingerprint === null : old.version === as.version && old.fingerprint === fingerprint)

const changedSince = (name: string, { path }: GroupFile): Error =>
  fail('CONFLICT', `${name} was given another value while it was being rotated`, {
    at: path,
    hint: 'lockstep rotate --abort ends the rotation, and the value that is here stays',
  })

const checkBase = (write: TextWrite, before: GroupFile | null, path: string): void => {
  const same = before === null ? write.basedOn === null : (write.basedOn?.text.equals(before.text) ?? false)
  if (same) return
  throw fail('CONFLICT', 'somebody else changed this file meanwhile', {
    at: path,
    hint: 'start again from what is there',
  })
}

/** The union of a scope's groups holds each name once. */
const checkOneGroupEach = (metadata: Metadata, changed: readonly ChangedSecret[]): void => {
  for (const { name, group, what } of changed) {
    if (what === 'removed') continue
    const other = placesOf(metadata, name)
      .map(({ path }) => parseGroupPath(path)?.group)
      .find((found) => found !== group)
    if (other === undefined) continue
    throw fail('CONFLICT', `${name} is in group ${other} already`, {
      at: group,
      hint: `lockstep rm ${name} --group ${other}, or give it another name here`,
    })
  }
}
