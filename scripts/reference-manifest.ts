import { manifestSchema } from '../src/core/manifest/manifest-schema.ts'
import type { Schema } from '../src/core/manifest/schema.ts'

/** The reference page of lockstep.yaml: one line for each key, by its path. */
export const manifestPage = (made: string): string => {
  const rows = keyRows(manifestSchema, '').map((row) => `| ${row.map(cell).join(' | ')} |`)
  return `# lockstep.yaml

${made} Editors check it by [manifest.schema.json](../manifest.schema.json).

| key | takes | default | meaning |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** The schema with what it refers to in place; what stands beside the reference wins. */
const resolved = (schema: Schema): Schema => {
  if (schema.$ref === undefined) return schema
  const target = manifestSchema.$defs?.[schema.$ref.replace('#/$defs/', '')]
  if (target === undefined) throw new Error(`the schema has no ${schema.$ref}`)
  const { $ref: _ref, ...own } = schema
  return { ...target, ...own }
}

const keyRows = (schema: Schema, prefix: string): readonly (readonly string[])[] =>
  Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const whole = resolved(value)
    const path = `${prefix}${key}`
    return [row(path, whole, schema.required?.includes(key) === true), ...inner(whole, path)]
  })

const inner = (schema: Schema, path: string): readonly (readonly string[])[] => {
  const rows = [...keyRows(schema, `${path}.`)]
  const { additionalProperties: named, items } = schema
  if (typeof named === 'object') rows.push(...keyRows(resolved(named), `${path}.NAME.`))
  if (items !== undefined) rows.push(...keyRows(resolved(items), `${path}[].`))
  return rows
}

const row = (path: string, schema: Schema, isRequired: boolean): readonly string[] => {
  const takes = schema.enum === undefined ? (schema.title ?? '') : schema.enum.join(', ')
  const fallback = schema.default === undefined ? '' : `\`${JSON.stringify(schema.default).replaceAll('"', '')}\``
  return [`\`${path}\``, takes, isRequired ? 'required' : fallback, schema.description ?? '']
}
