import { isAsBadAs } from './findings.ts'
import type { KnownAudit, KnownFinding } from '../known/known.ts'

/** What an audit found that the one before did not, and the reverse. */
export interface AuditChanges {
  /** When all hosts were last asked before, milliseconds since 1970; null: never. */
  readonly since: number | null
  readonly appeared: readonly KnownFinding[]
  readonly gone: readonly KnownFinding[]
}

/** Of two records of this clone. A finding that only changed its words or its severity is the same one, unless it became
 *  worse: then it is as good as new. */
export const auditChanges = (before: KnownAudit | null, after: KnownAudit): AuditChanges => {
  const [old, now] = [byPlace(before?.findings ?? []), byPlace(after.findings)]
  const accepted = new Set((after.accepted ?? []).map(placeOf))
  return {
    since: before?.at ?? null,
    appeared: after.findings.filter((one) => {
      const was = old.get(placeOf(one))
      return was === undefined || !isAsBadAs(was.severity, one.severity)
    }),
    // what somebody accepted is still there
    gone: (before?.findings ?? []).filter((one) => !now.has(placeOf(one)) && !accepted.has(placeOf(one))),
  }
}

const byPlace = (findings: readonly KnownFinding[]): ReadonlyMap<string, KnownFinding> =>
  new Map(findings.map((one) => [placeOf(one), one]))

const placeOf = ({ id, host, path }: Pick<KnownFinding, 'id' | 'host' | 'path'>): string =>
  JSON.stringify([id, host, path])
