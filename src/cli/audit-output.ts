import { findingIds, severities } from '../core/audit/findings.ts'
import type { Schema } from './command.ts'
import { integer, listOf, maybeTime, object, text, texts, truth, words } from './schemas.ts'

const found = {
  severity: { enum: severities },
  host: words,
  path: words,
  message: text,
  fix: text,
} satisfies Record<string, Schema>

const known = listOf(object({ id: text, ...found }))

export const auditOutput: Schema = object(
  {
    environment: text,
    hosts: { ...texts, description: 'hosts that were meant' },
    audited: { ...integer, description: 'hosts that answered' },
    missed: { ...integer, description: 'hosts that did not' },
    findings: listOf(
      object({ id: { enum: findingIds }, ...found, fixable: { ...truth, description: 'audit --fix mends it' } }),
    ),
    changes: object(
      { since: maybeTime, appeared: known, gone: known },
      { description: 'with --watch: since the last audit from this clone, at the time that `since` says' },
    ),
    accepted: listOf(object({ id: text, host: words, path: words, until: text, reason: text, by: text })),
    mended: listOf(
      object({
        host: text,
        path: text,
        change: text,
        state: { enum: ['planned', 'mended', 'left'] },
        reason: words,
      }),
    ),
  },
  { optional: ['changes'] },
)
