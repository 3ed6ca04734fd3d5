import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
type JsonMap = { readonly [key: string]: Json }

/** A call that the description knows. */
export interface Operation {
  readonly method: string
  /** `/repos/{owner}/{repo}/keys` */
  readonly template: string
  readonly params: Readonly<Record<string, string>>
}

/** Holds what is asked and answered against an OpenAPI 3.0 description. */
export interface Judge {
  find(method: string, path: string): Operation | null
  /** @throws where the description knows no such body */
  request(operation: Operation, body: unknown): void
  response(operation: Operation, status: number, body: unknown): void
  /** The least that the description takes for one of its schemas. */
  sample(schema: string): JsonMap
}

export const openApiJudge = (file: string): Judge => {
  const api: Json = withoutNullable(JSON.parse(readFileSync(file, 'utf8')))
  const formats = { 'date-time': isTime, uri: URL.canParse, email: true, int64: true } as const
  const ajv = new Ajv({ strict: false, allErrors: true, formats })
  ajv.addSchema(Object(api), 'api')
  const templates = Object.keys(mapAt(api, ['paths'])).toSorted((a, b) => literal(b) - literal(a))
  const resolve = (path: readonly string[]): readonly string[] => {
    const found = mapAt(api, path)['$ref']
    return typeof found === 'string' ? resolve(found.slice(2).split('/')) : path
  }
  const schemaOf = (path: readonly string[]): readonly string[] | null => {
    const content = [...resolve(path), 'content', 'application/json', 'schema']
    return at(api, content) === undefined ? null : content
  }
  const check = (schema: readonly string[] | null, value: unknown, what: string): void => {
    if (schema === null) return assert.ok(value === undefined, `${what}: has no body`)
    const validate = ajv.getSchema(`api#/${schema.map(pointer).join('/')}`)
    assert.ok(validate?.(value), `${what}: ${ajv.errorsText(validate?.errors)}`)
  }
  const answerOf = ({ method, template }: Operation, status: number): readonly string[] | null => {
    const path = ['paths', template, method.toLowerCase(), 'responses', String(status)]
    assert.ok(at(api, path) !== undefined, `${method} ${template} has no answer ${status}`)
    return schemaOf(path)
  }
  const sampleAt = (path: readonly string[]): Json => sampleOf(mapAt(api, resolve(path)), (ref) => sampleAt(ref))
  return {
    find: (method, path) => {
      for (const template of templates) {
        if (at(api, ['paths', template, method.toLowerCase()]) === undefined) continue
        const form = template.replaceAll('.', '\\.').replaceAll(/\{([a-z_]+)\}/g, '(?<$1>[^/]+)')
        const found = new RegExp(`^${form}$`).exec(path)
        if (found === null) continue
        const params = Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)])
        return { method, template, params: Object.fromEntries(params) }
      }
      return null
    },
    request: ({ method, template }, body) => {
      const path = ['paths', template, method.toLowerCase(), 'requestBody']
      const isKnown = at(api, path) !== undefined
      check(isKnown ? schemaOf(path) : null, body, `${method} ${template}`)
    },
    response: (operation, status, body) =>
      check(answerOf(operation, status), body, `${operation.method} ${operation.template} ${status}`),
    sample: (schema) => mapOf(sampleAt(['components', 'schemas', schema])),
  }
}

/** Those that name more come first: `/secrets/public-key` is no secret. */
const literal = (template: string): number => template.replaceAll(/\{[a-z_]+\}/g, '').length

const pointer = (key: string): string => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))

const isTime = (value: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)

const isMap = (value: Json | undefined): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const mapOf = (value: Json | undefined): JsonMap => (isMap(value) ? value : assert.fail('not a map'))

const at = (value: Json, path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((now, key) => (isMap(now) ? now[key] : undefined), value)

const mapAt = (value: Json, path: readonly string[]): JsonMap => mapOf(at(value, path))

/** OpenAPI 3.0 says `nullable: true` where JSON Schema says type null. */
const withoutNullable = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(withoutNullable)
  if (!isMap(value)) return value
  const { nullable, ...rest } = value
  const plain = Object.fromEntries(Object.entries(rest).map(([key, one]) => [key, withoutNullable(one)]))
  return nullable === true ? { anyOf: [plain, { type: 'null' }] } : plain
}

const first = (value: Json | undefined): JsonMap => mapOf(Array.isArray(value) ? value[0] : undefined)

const sampleOf = (schema: JsonMap, at: (path: readonly string[]) => Json): Json => {
  const { $ref: ref, allOf, anyOf, oneOf, type, format, properties, required } = schema
  if (typeof ref === 'string') return at(ref.slice(2).split('/'))
  const chosen = allOf ?? anyOf ?? oneOf
  if (chosen !== undefined) return sampleOf(first(chosen), at)
  if (Array.isArray(schema['enum'])) return schema['enum'][0]
  const simple: Readonly<Record<string, Json>> = { null: null, integer: 1, number: 1, boolean: false, array: [] }
  if (typeof type === 'string' && Object.hasOwn(simple, type)) return simple[type] ?? null
  if (type === 'string') {
    return format === 'date-time' ? '2026-01-01T00:00:00Z' : format === 'uri' ? 'https://example.com/' : 'x'
  }
  const names = Array.isArray(required) ? required.map(String) : []
  return Object.fromEntries(names.map((name) => [name, sampleOf(mapAt(properties ?? {}, [name]), at)]))
}
