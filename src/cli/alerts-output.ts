import { severities } from '../core/audit/findings.ts'
import type { Schema } from './command.ts'
import { byAction, integer, listOf, maybeTime, object, orNull, text, time, truth, words } from './schemas.ts'

const sink = object({
  number: { ...integer, description: 'place in lockstep.yaml' },
  sink: text,
  severity: { enum: severities },
  waiting: { ...integer, description: 'alerts it has not taken yet' },
  sent: { ...maybeTime, description: 'null: never' },
  failed: orNull(object({ since: time, why: text, tries: integer })),
})

const open = object({
  key: { ...text, description: 'the same as long as it is the same thing' },
  id: text,
  severity: { enum: severities },
  host: words,
  path: words,
  message: text,
  fix: text,
  since: time,
})

export const alertsOutput: Schema = byAction({
  list: object({ sinks: listOf(sink), open: listOf(open) }),
  test: object({ tried: listOf(object({ number: integer, sink: text, took: truth, says: text })) }),
})
