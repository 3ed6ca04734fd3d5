import type { Schema } from './command.ts'
import { integer, listOf, number, object, orNull, problem, text, texts, time, truth, words } from './schemas.ts'

/** What a watch wrote of one event. */
export const watchEventMembers: Readonly<Record<string, Schema>> = {
  seq: integer,
  at: { ...time, description: 'by the host’s clock' },
  boot: text,
  kind: text,
  path: words,
  pid: number,
  uid: number,
  gid: number,
  exe: words,
  comm: words,
  parent: words,
  unit: words,
  container: orNull(object({ id: text, project: words, environment: words, container: words })),
  ours: truth,
  of: words,
  count: number,
  note: words,
}

const verdicts = ['watch', 'ours', 'expected', 'foreign'] as const

export const verdictOrNull: Schema = { enum: [...verdicts, null] }

export const watchOutput: Schema = object({
  environment: text,
  foreign: { ...integer, description: 'events that nothing of ours explains' },
  hosts: listOf(
    object({
      host: text,
      last: { ...number, description: 'number of the newest event there is' },
      more: truth,
      events: listOf(object({ ...watchEventMembers, verdict: { enum: verdicts } })),
      missing: { ...texts, description: 'what was not written down, or is no longer there' },
      problem,
    }),
  ),
})
