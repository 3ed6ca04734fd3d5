import { printable } from '../host-text.ts'
import type { AcceptedFinding } from './acceptance.ts'
import type { Finding, FindingId, Severity } from './findings.ts'
import { findingTable } from './findings.ts'

/** Findings as SARIF 2.1.0 (OASIS), for code hosts and dashboards that read it. A place is `HOST/PATH` as a logical
 *  location: it is no file of the repository, unless it is one of the project's own (host null). */
export const sarif = (findings: readonly Finding[], accepted: readonly AcceptedFinding[] = []): object => {
  const rules = [...new Set([...findings, ...accepted].map(({ id }) => id))].toSorted()
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'lockstep', rules: rules.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        results: [
          ...findings.map((one) => resultOf(one, rules.indexOf(one.id))),
          ...accepted.map((one) => ({
            ...resultOf(one, rules.indexOf(one.id)),
            suppressions: [{ kind: 'external', status: 'accepted', justification: plain(one.acceptance.reason) }],
          })),
        ],
      },
    ],
  }
}

const levels: Readonly<Record<Severity, string>> = { high: 'error', medium: 'warning', low: 'note', info: 'none' }

/** What dashboards sort security results by, of 10. */
const scores: Readonly<Record<Severity, string>> = { high: '8.0', medium: '5.5', low: '2.0', info: '0.0' }

const ruleOf = (id: FindingId): object => {
  const { severity, meaning } = findingTable[id]
  return {
    id,
    shortDescription: { text: meaning },
    help: { text: `docs/findings.md#${id.toLowerCase()}` },
    defaultConfiguration: { level: levels[severity] },
    properties: { tags: ['security'], 'security-severity': scores[severity] },
  }
}

const resultOf = (one: Finding, ruleIndex: number): object => ({
  ruleId: one.id,
  ruleIndex,
  level: levels[one.severity],
  // an information needs no level of its own kind: "none" is only allowed for what is not a failure
  ...(one.severity === 'info' ? { kind: 'informational' } : {}),
  message: { text: plain(`${placeOf(one)}: ${one.message}; fix: ${one.fix}`) },
  locations: [locationOf(one)],
  partialFingerprints: { 'lockstep/v1': [one.id, one.host ?? '', one.path ?? ''].join('|') },
})

/** SARIF takes `[text](address)` for a link (3.11.6): a host's words make none in our name. */
const plain = (text: string): string => printable(text).replace(/[\\[\]]/g, '\\$&')

const placeOf = ({ host, path }: Finding): string => [host, path].filter((part) => part !== null).join(':') || 'fleet'

const locationOf = (one: Finding): object => {
  const { host, path } = one
  if (host === null && path !== null && !path.startsWith('/'))
    return { physicalLocation: { artifactLocation: { uri: path.split('/').map(encodeURIComponent).join('/') } } }
  return { logicalLocations: [{ fullyQualifiedName: placeOf(one), kind: 'resource' }] }
}
