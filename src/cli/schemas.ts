/** What the schemas of --json are made of: one word for one shape. */
import { codes } from '../core/errors.ts'
import type { Schema } from './command.ts'

export const text: Schema = { type: 'string' }
export const words: Schema = { type: ['string', 'null'] }
export const texts: Schema = { type: 'array', items: text }
export const integer: Schema = { type: 'integer' }
export const number: Schema = { type: ['integer', 'null'] }
export const truth: Schema = { type: 'boolean' }

const iso = '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{3})?Z$'

/** A moment: ISO 8601 in UTC. Lengths of time are milliseconds. */
export const time: Schema = { type: 'string', pattern: iso }
export const maybeTime: Schema = { type: ['string', 'null'], pattern: iso }

export const listOf = (items: Schema): Schema => ({ type: 'array', items })

/** An object of these members and no others, all of them there but the `optional` ones. */
export const object = (
  properties: Readonly<Record<string, Schema>>,
  { optional = [], ...says }: { readonly optional?: readonly string[]; readonly description?: string } = {},
): Schema => ({
  type: 'object',
  ...says,
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
})

export const orNull = (schema: Schema): Schema => ({ ...schema, type: [schema['type'], 'null'].flat() })

/** One for each action of a command; `''` is the command without one. */
export const byAction = (schemas: Readonly<Record<string, Schema>>): Schema => ({
  anyOf: Object.entries(schemas).map(([action, schema]) => ({ title: action || 'alone', ...schema })),
})

/** Why a host, or a part of the work, was not done; null where it was. */
export const problem: Schema = orNull(object({ code: { enum: Object.keys(codes) }, message: text, hint: words }))
