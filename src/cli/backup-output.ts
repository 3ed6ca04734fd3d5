import type { Schema } from './command.ts'

const texts = { type: 'array', items: { type: 'string' } } as const
const words = { type: ['string', 'null'] } as const

/** One host's part in it. */
export const copySchema: Schema = {
  type: 'object',
  properties: {
    host: { type: 'string' },
    state: { enum: ['stored', 'planned', 'removed', 'kept', 'failed'] },
    problem: words,
  },
  required: ['host', 'state', 'problem'],
  additionalProperties: false,
}

/** Members of a few actions each: the one that was asked for says which. */
export const backupOutput: Schema = {
  type: 'object',
  properties: {
    name: { ...words, description: 'the archive, in backups/' },
    number: { type: 'integer' },
    made: { type: 'string' },
    check: { type: 'boolean', description: 'nothing was written' },
    contents: { ...texts, description: 'paths of what is in it' },
    copies: { type: 'array', items: copySchema },
    removed: { ...texts, description: 'archives that went, or would go' },
    kept: { ...texts, description: 'archives that stay' },
    backups: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          number: { type: 'integer' },
          made: { type: 'string' },
          verified: { ...words, description: 'when it was last decrypted from end to end' },
          copies: { ...texts, description: 'hosts that were given a copy' },
        },
        required: ['name', 'number', 'made', 'verified', 'copies'],
        additionalProperties: false,
      },
    },
    recipient: { ...words, description: 'public side of the recovery identity' },
    files: { ...texts, description: 'where the recovery identity or its shares were written' },
    drill: {
      type: ['object', 'null'],
      properties: { at: { type: 'string' }, name: { type: 'string' }, milliseconds: { type: 'integer' } },
      required: ['at', 'name', 'milliseconds'],
      additionalProperties: false,
    },
    withRecovery: { type: 'boolean', description: 'drill: it was opened with the recovery identity' },
    secrets: { type: 'integer', description: 'drill: that were decrypted with the restored password' },
    same: { type: 'integer', description: 'drill: that have the value they have here' },
    differing: { ...texts, description: 'drill: that have not, by name' },
    notes: texts,
  },
  additionalProperties: false,
}
