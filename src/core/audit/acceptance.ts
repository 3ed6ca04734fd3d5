import type { Canonical } from '../canonical.ts'
import { isoTime, day } from '../duration.ts'
import { fail } from '../errors.ts'
import { count, integer, list, nullable, parseJson, shape, text } from '../shape.ts'
import type { Finding, FindingId } from './findings.ts'
import { findingTable } from './findings.ts'
import { isMore } from './limited.ts'

/** Somebody's word that one finding is known and may stay, until a day and for a reason. */
export interface Acceptance {
  readonly id: string
  readonly host: string | null
  readonly path: string | null
  /** The last day on which it holds: `2027-03-01`, in UTC. */
  readonly until: string
  readonly reason: string
  /** Who said so, and when (ISO in UTC, seconds). */
  readonly by: string
  readonly at: string
}

/** What is accepted, all of it. */
export interface Acceptances {
  /** Counts the changes of it, so that an older one can be told; 0: written before they were counted. */
  readonly number: number
  readonly accepted: readonly Acceptance[]
}

export interface AcceptedFinding extends Finding {
  readonly acceptance: Acceptance
}

export interface Judged {
  readonly findings: readonly Finding[]
  readonly accepted: readonly AcceptedFinding[]
}

/** Takes the accepted ones out of what counts. One whose day has passed counts again, and says whose word it was. */
export const withAcceptances = (
  findings: readonly Finding[],
  acceptances: readonly Acceptance[],
  now: number,
): Judged => {
  const today = dayOf(now)
  const open: Finding[] = []
  const accepted: AcceptedFinding[] = []
  for (const one of findings) {
    const found = acceptances.find((each) => isFor(each, one))
    if (found === undefined) open.push(one)
    else if (found.until >= today) accepted.push({ ...one, acceptance: found })
    else
      open.push({ ...one, message: `${one.message} (${found.by} accepted it until ${found.until}: ${found.reason})` })
  }
  return { findings: open, accepted }
}

const isFor = (
  acceptance: Pick<Acceptance, 'id' | 'host' | 'path'>,
  one: Pick<Finding, 'id' | 'host' | 'path'>,
): boolean => acceptance.id === one.id && acceptance.host === one.host && acceptance.path === one.path

export interface AcceptInput {
  readonly ids: readonly FindingId[]
  /** Null: wherever they are. */
  readonly path: string | null
  readonly until: string
  readonly reason: string
  readonly by: string
  readonly now: number
}

/** Adds what is found now of these ids, each place by itself: what appears elsewhere later is told as before.
 *  @throws USAGE for a day that is none, is past, or is too far away; NOT_FOUND when there is no such finding */
export const accept = (
  findings: readonly Finding[],
  acceptances: readonly Acceptance[],
  input: AcceptInput,
): readonly Acceptance[] => {
  const { ids, path, until, reason, by, now } = input
  // what stands for findings that nobody was told is nobody's to accept
  const chosen = findings.filter((one) => !isMore(one) && ids.includes(one.id) && (path === null || one.path === path))
  checkDay(ids, until, now)
  const missing = ids.find((id) => !chosen.some((one) => one.id === id))
  if (missing !== undefined) {
    const place = path === null ? '' : ` for ${path}`
    throw fail('NOT_FOUND', `there is no finding ${missing}${place} to accept`, { hint: 'lockstep audit' })
  }
  const at = isoTime(now)
  const added = chosen.map((one): Acceptance => ({ id: one.id, host: one.host, path: one.path, until, reason, by, at }))
  const others = acceptances.filter((one) => !chosen.some((each) => isFor(one, each)))
  return [...others, ...added].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/** Takes back what was accepted of these ids; with `all` whatever was, which may be nothing. @throws NOT_FOUND */
export const withdraw = (
  acceptances: readonly Acceptance[],
  ids: readonly (FindingId | 'all')[],
  path: string | null,
): readonly Acceptance[] => {
  const isMeant = (one: Acceptance): boolean =>
    ids.some((id) => id === 'all' || id === one.id) && (path === null || one.path === path)
  const left = acceptances.filter((one) => !isMeant(one))
  if (left.length < acceptances.length || (ids.includes('all') && path === null)) return left
  throw fail('NOT_FOUND', `nothing of ${ids.join(', ')} was accepted`, { hint: 'lockstep audit names what was' })
}

const keyOf = ({ id, host, path }: Acceptance): string => [id, host ?? '', path ?? ''].join('\0')

/** Days that something may be accepted for: what is high, not for long. */
const longest = { high: 90, other: 366 }

/** @throws USAGE for a day that is none, is past, or is too far away */
export const checkDay = (ids: readonly FindingId[], until: string, now: number): void => {
  const time = /^\d{4}-\d\d-\d\d$/.test(until) ? Date.parse(`${until}T00:00:00Z`) : Number.NaN
  if (!Number.isFinite(time) || dayOf(time) !== until)
    throw fail('USAGE', '--until is a day: 2027-03-01', { hint: `--until ${dayOf(now + 30 * day)}` })
  if (until < dayOf(now)) throw fail('USAGE', `${until} is past`, { hint: `--until ${dayOf(now + 30 * day)}` })
  const most = ids.some((id) => findingTable[id].severity === 'high') ? longest.high : longest.other
  if (time - now <= most * day) return
  throw fail('USAGE', `that is too long: a finding can be accepted for ${most} days`, {
    hint: `--until ${dayOf(now + most * day)}`,
  })
}

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)

/** What the MAC is computed over. */
export const acceptancesInput = (
  owner: { readonly project: string; readonly environment: string },
  { number, accepted }: Acceptances,
): Canonical => ({
  format: 1,
  ...(number === 0 ? {} : { number }),
  project: owner.project,
  environment: owner.environment,
  accepted: accepted.map(({ host, path, ...one }) => ({
    ...one,
    ...(host === null ? {} : { host }),
    ...(path === null ? {} : { path }),
  })),
})

/** A line for each, so that git shows what was added. */
export const printAcceptances = ({ number, accepted }: Acceptances, mac: string): string =>
  [
    '{',
    ' "about": "written by lockstep audit --accept and authenticated: change it with lockstep only",',
    ' "format": 1,',
    ...(number === 0 ? [] : [` "number": ${number},`]),
    ' "accepted": [',
    accepted.map((one) => `  ${JSON.stringify(one)}`).join(',\n'),
    ' ],',
    ` "mac": ${JSON.stringify(mac)}`,
    '}',
    '',
  ].join('\n')

const sealed = shape({
  format: integer,
  number: nullable(count),
  accepted: list(
    shape<Acceptance>({
      id: text,
      host: nullable(text),
      path: nullable(text),
      until: text,
      reason: text,
      by: text,
      at: text,
    }),
  ),
  mac: text,
})

/** The MAC is the caller's to check. @throws TAMPERED for what is no such file */
export const parseAcceptances = (source: string, at: string): Acceptances & { readonly mac: string } => {
  const { number, accepted, mac } = parseJson(source, sealed, at)
  return { number: number ?? 0, accepted, mac }
}
