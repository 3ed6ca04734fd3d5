import { problemKinds } from '../core/backup/judge-archives.ts'
import type { Schema } from './command.ts'
import {
  byAction,
  integer,
  listOf,
  maybeTime,
  object,
  orNull,
  problem,
  text,
  texts,
  time,
  truth,
  words,
} from './schemas.ts'

/** What was found wrong, and where. */
export const damages: Schema = listOf(
  object({
    host: { ...words, description: 'null: here' },
    kind: { enum: problemKinds },
    name: text,
    message: text,
  }),
)

/** One host's part in it. */
const copies = listOf(object({ host: text, state: { enum: ['stored', 'removed', 'failed'] }, problem }))

const drill = object({ at: time, name: text, milliseconds: integer })

const backup = object({
  name: { ...text, description: 'the archive, in backups/' },
  number: integer,
  made: time,
  verified: { ...maybeTime, description: 'when it was last decrypted from end to end' },
  copies: { ...texts, description: 'hosts that were given a copy' },
})

const recipient = { ...words, description: 'public side of the recovery identity' }

export const backupOutput: Schema = byAction({
  '': object({
    name: { ...text, description: 'the archive, in backups/' },
    number: integer,
    made: { ...maybeTime, description: 'null with --check' },
    check: { ...truth, description: 'nothing was written' },
    contents: { ...texts, description: 'paths of what is in it' },
    copies,
    removed: { ...texts, description: 'archives that went' },
    notes: texts,
  }),
  list: object({
    backups: listOf(backup),
    drill: orNull(drill),
    recipient,
    damage: { ...damages, description: 'what the last backup-verify from here found wrong' },
  }),
  recovery: object({
    recipient,
    files: { ...texts, description: 'where the recovery identity or its shares were written' },
  }),
  prune: object({
    check: { ...truth, description: 'nothing was removed' },
    removed: { ...texts, description: 'archives that went, or would go' },
    kept: { ...texts, description: 'archives that stay' },
    copies,
  }),
  drill: object({
    drill,
    withRecovery: { ...truth, description: 'it was opened with the recovery identity' },
    secrets: { ...integer, description: 'that were decrypted with the restored password' },
    same: { ...integer, description: 'that have the value they have here' },
    differing: { ...texts, description: 'that have not, by name' },
  }),
})
