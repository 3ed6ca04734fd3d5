import { isMap, isScalar, isSeq } from 'yaml'
import type { Pair, YAMLMap } from 'yaml'
import { quoteName } from '../names.ts'
import type { JsonType, Schema } from './schema.ts'
import { containerTitle, insteadOf } from './manifest-instead.ts'
import { didYouMean } from '../suggest.ts'
import type { Problem, YamlSource } from './yaml-source.ts'

/** Everything in the document that the schema refuses, in the order of the file. Judges as a JSON Schema validator
 *  would; says where, what was expected, and which key was probably meant. Never shows a value. */
export const validate = (schema: Schema, source: YamlSource): readonly Problem[] => {
  const problems: Problem[] = []
  check({ schema: schema.$defs ?? {}, source, problems }, schema, source.root, 'the file')
  return problems
}

interface Checking {
  readonly schema: Readonly<Record<string, Schema>>
  readonly source: YamlSource
  readonly problems: Problem[]
}

/** `place` is where to point when there is no node: the key of an empty value. */
const check = (checking: Checking, schema: Schema, node: unknown, what: string, place: unknown = node): void => {
  const resolved = resolve(checking, schema)
  const type = typeOf(node)
  const report = (message: string): void => void checking.problems.push({ at: checking.source.at(place), message })
  const allowed: readonly JsonType[] = typeof resolved.type === 'string' ? [resolved.type] : (resolved.type ?? [type])
  if (!allowed.includes(type) && !(type === 'integer' && allowed.includes('number'))) {
    return report(`${what} must be ${resolved.title ?? allowed.join(' or ')}`)
  }
  if (isMap(node)) checkMap(checking, resolved, node, what)
  else if (isSeq(node)) checkList(checking, resolved, node.items, node, what)
  else if (isScalar(node)) {
    const wrong =
      typeof node.value === 'string' ? textIsWrong(resolved, node.value) : numberIsWrong(resolved, node.value)
    if (wrong) report(expected(resolved, what))
  }
}

const resolve = (checking: Checking, schema: Schema): Schema => {
  const name = schema.$ref?.replace('#/$defs/', '')
  return name === undefined ? schema : { ...checking.schema[name], ...schema }
}

const typeOf = (node: unknown): JsonType => {
  if (isMap(node)) return 'object'
  if (isSeq(node)) return 'array'
  const value = isScalar(node) ? node.value : null
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value === 'string' ? 'string' : typeof value === 'boolean' ? 'boolean' : 'null'
}

const textIsWrong = (schema: Schema, text: string): boolean =>
  (schema.enum !== undefined && !schema.enum.includes(text)) ||
  (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(text)) ||
  Array.from(text).length < (schema.minLength ?? 0) ||
  Array.from(text).length > (schema.maxLength ?? Infinity)

const numberIsWrong = (schema: Schema, value: unknown): boolean =>
  typeof value === 'number' && (value < (schema.minimum ?? -Infinity) || value > (schema.maximum ?? Infinity))

const expected = (schema: Schema, what: string): string =>
  schema.enum === undefined
    ? `${what} must be ${schema.title ?? 'valid'}`
    : `${what} must be one of ${schema.enum.join(', ')}`

const checkList = (
  checking: Checking,
  schema: Schema,
  items: readonly unknown[],
  node: unknown,
  what: string,
): void => {
  const seen = new Set<string>()
  if (items.length < (schema.minItems ?? 0)) {
    checking.problems.push({ at: checking.source.at(node), message: `${what} must not be empty` })
  }
  for (const item of items) {
    if (schema.items !== undefined) check(checking, schema.items, item, `an entry of ${what}`)
    const text = JSON.stringify(item)
    if (schema.uniqueItems === true && seen.has(text)) {
      checking.problems.push({ at: checking.source.at(item), message: `${what} names this twice` })
    }
    seen.add(text)
  }
}

const checkMap = (checking: Checking, schema: Schema, map: YAMLMap, what: string): void => {
  const report = (node: unknown, message: string): void =>
    void checking.problems.push({ at: checking.source.at(node), message })
  const present = new Set(map.items.map((pair) => keyOf(pair)))
  for (const pair of map.items) checkPair(checking, schema, pair, what)
  for (const key of schema.required ?? []) if (!present.has(key)) report(map, `${what} needs \`${key}:\``)
  const { minProperties = 0, maxProperties = Infinity } = schema
  if (map.items.length < minProperties || map.items.length > maxProperties) report(map, expected(schema, what))
  if (schema.oneOf === undefined) return
  const choices = schema.oneOf.flatMap((choice) => choice.required)
  const chosen = choices.filter((key) => present.has(key))
  if (chosen.length !== 1) {
    const found = chosen.length === 0 ? '' : `, not ${chosen.join(' and ')}`
    report(map, `${what} needs exactly one of ${choices.join(', ')}${found}`)
  }
}

const checkPair = (checking: Checking, schema: Schema, pair: Pair, what: string): void => {
  const key = keyOf(pair)
  if (!isScalar(pair.key) || typeof pair.key.value !== 'string') {
    const message = `a key in ${what} must be text${key === '' || key === 'null' ? '' : `: '${quoteName(key)}' in quotes`}`
    return void checking.problems.push({ at: checking.source.at(pair.key ?? pair), message })
  }
  const names = schema.propertyNames === undefined ? undefined : resolve(checking, schema.propertyNames)
  if (names !== undefined && textIsWrong(names, key)) {
    return void checking.problems.push({ at: checking.source.at(pair.key), message: expected(names, quoteName(key)) })
  }
  const known = schema.properties ?? {}
  const own = Object.hasOwn(known, key) ? known[key] : undefined
  if (own !== undefined) return check(checking, own, pair.value, `\`${key}\``, pair.value ?? pair.key)
  if (schema.additionalProperties === false) {
    const elsewhere = schema.title === containerTitle ? insteadOf(key) : null
    const hint = elsewhere ?? didYouMean(key, Object.keys(known))
    checking.problems.push({
      at: checking.source.at(pair.key),
      message: `unknown key ${quoteName(key)} in ${what}${hint}`,
    })
  } else if (typeof schema.additionalProperties === 'object') {
    const name = nameOf(checking, schema.additionalProperties, key)
    check(checking, schema.additionalProperties, pair.value, name, pair.value ?? pair.key)
  }
}

/** `container api`, from the schema's "a container" and the key. */
const nameOf = (checking: Checking, schema: Schema, key: string): string => {
  const title = resolve(checking, schema).title ?? ''
  return /^an? \w+$/.test(title) ? `${title.replace(/^an? /, '')} ${quoteName(key)}` : `\`${quoteName(key)}\``
}

const keyOf = (pair: Pair): string => (isScalar(pair.key) ? String(pair.key.value) : '')
