import { credentialEnds } from '../core/rotate/journal.ts'
import type { Schema } from './command.ts'
import { integer, listOf, object, orNull, text, texts, time, truth, words } from './schemas.ts'

const byName = (values: Schema, description: string): Schema => ({
  type: 'object',
  description,
  additionalProperties: values,
})

/** What `rotate history` prints under --json. */
export const historySchema: Schema = object({
  environment: text,
  isReached: { ...truth, description: 'false: no host that keeps the ledger answered, it is as last seen from here' },
  open: orNull(
    object(
      {
        id: text,
        at: time,
        by: text,
        reason: words,
        hosts: texts,
        credentials: byName(text, 'by id of credential: how far it has come'),
      },
      { description: 'the rotation that is half-done; null: none is' },
    ),
  ),
  rotations: {
    ...listOf(
      object({
        id: { ...text, description: 'its plan' },
        at: time,
        ended: { ...time, description: 'when something happened to it last: the end of a former value comes later' },
        took: { ...integer, description: 'milliseconds from at to ended' },
        by: { ...text, description: 'who began it' },
        reason: words,
        isEmergency: truth,
        credentials: byName(
          { enum: credentialEnds },
          'by id of credential: what became of it; none: hosts got new passwords',
        ),
        hosts: byName(text, 'by host: how it was proved that its containers run the new values; empty: it has none'),
      }),
    ),
    description: 'the last fifty, newest first',
  },
  notes: texts,
})
