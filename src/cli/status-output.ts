import { proofStates } from '../core/containers/proof.ts'
import { proofs } from '../core/manifest/manifest.ts'
import type { Schema } from './command.ts'
import { damages } from './backup-output.ts'
import { integer, listOf, maybeTime, number, object, orNull, problem, text, texts, truth, words } from './schemas.ts'

const container = object({
  container: text,
  runs: number,
  proof: { enum: proofs },
  state: { enum: proofStates },
  note: words,
})

const host = object({
  host: text,
  rung: words,
  state: { enum: ['in step', 'behind', 'not set up', 'problem', 'unreachable'] },
  generation: number,
  next: { ...number, description: 'the generation a delivery would bring' },
  reason: words,
  containers: listOf(container),
  problem,
  watch: {
    ...orNull(object({ state: { enum: ['runs', 'stopped'] }, via: words, since: words, seq: number })),
    description: 'null: none was ever brought',
  },
})

const backup = object({
  verified: { ...maybeTime, description: 'when one was last decrypted from end to end, by any clone; null: never' },
  made: { ...maybeTime, description: 'when the newest that verified was made' },
  behind: { ...texts, description: 'secrets written since' },
  every: { ...number, description: 'milliseconds, after which it is overdue; null: nobody waits for one' },
  isOverdue: { ...truth, description: 'verified longer ago than that' },
  damage: { ...damages, description: 'what the last backup-verify from here found wrong' },
  says: { ...text, description: 'the same for people' },
})

export const statusOutput: Schema = object({
  environment: text,
  revision: integer,
  hosts: listOf(host),
  overdue: listOf(object({ name: text, age: { ...number, description: 'milliseconds' }, every: number })),
  backup,
  notes: texts,
  isAtWork: { ...truth, description: 'a rotation is being done meanwhile' },
  isInStep: { ...truth, description: 'every host and every container is as the project says' },
})
