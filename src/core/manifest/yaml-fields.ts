import { isMap, isScalar, isSeq } from 'yaml'
import type { YAMLMap } from 'yaml'
import { parseDuration } from '../duration.ts'
import { fail } from '../errors.ts'
import type { YamlSource } from './yaml-source.ts'

/** Typed reading of a map that its schema has already accepted; undefined where the key is absent. A value of another
 *  type than asked for means that schema and reader disagree. */
export interface Fields {
  /** Where the map, or one of its values, stands: `file:line:column`. */
  at(key?: string): string
  has(key: string): boolean
  text(key: string): string | undefined
  integer(key: string): number | undefined
  flag(key: string): boolean | undefined
  /** Milliseconds. */
  duration(key: string): number | undefined
  texts(key: string): readonly string[] | undefined
  map(key: string): Fields | undefined
  /** A list of maps. */
  maps(key: string): readonly Fields[] | undefined
  kind(key: string): 'text' | 'list' | 'map' | 'other' | undefined
  /** Each key with the map under it. */
  entries(): readonly (readonly [string, Fields])[]
  keys(): readonly string[]
  /** The value as plain data. */
  plain(key: string): unknown
}

export const fieldsOf = (source: YamlSource, map: unknown = source.root): Fields => {
  if (!isMap(map)) throw disagree('map')
  const get = (key: string): unknown => map.get(key, true)
  const scalar = (key: string): unknown => {
    const node = get(key)
    return isScalar(node) ? node.value : node === undefined ? undefined : null
  }
  const text = (key: string): string | undefined => {
    const value = scalar(key)
    if (value === undefined || typeof value === 'string') return value
    throw disagree(key)
  }
  return {
    at: (key) => source.at(key === undefined ? map : get(key)),
    has: (key) => map.has(key),
    text,
    integer: (key) => {
      const value = scalar(key)
      if (value === undefined || typeof value === 'number') return value
      throw disagree(key)
    },
    flag: (key) => {
      const value = scalar(key)
      if (value === undefined || typeof value === 'boolean') return value
      throw disagree(key)
    },
    duration: (key) => durationOf(text(key), key),
    texts: (key) => textsOf(get(key), key),
    map: (key) => (map.has(key) ? fieldsOf(source, get(key)) : undefined),
    maps: (key) => {
      const node = get(key)
      if (node === undefined) return undefined
      if (!isSeq(node)) throw disagree(key)
      return node.items.map((item) => fieldsOf(source, item))
    },
    kind: (key) => (map.has(key) ? kindOf(get(key)) : undefined),
    entries: () => keysOf(map).map((key) => [key, fieldsOf(source, get(key))] as const),
    keys: () => keysOf(map),
    plain: (key) => {
      const node = get(key)
      return isMap(node) || isSeq(node) || isScalar(node) ? node.toJS(source.document) : undefined
    },
  }
}

const disagree = (key: string): Error => fail('INTERNAL', `the schema accepted what the reader of ${key} does not`)

const durationOf = (text: string | undefined, key: string): number | undefined => {
  if (text === undefined) return undefined
  const value = parseDuration(text)
  if (value === null) throw disagree(key)
  return value
}

const textsOf = (node: unknown, key: string): readonly string[] | undefined => {
  if (node === undefined) return undefined
  if (!isSeq(node)) throw disagree(key)
  return node.items.map((item) => {
    if (isScalar(item) && typeof item.value === 'string') return item.value
    throw disagree(key)
  })
}

const kindOf = (node: unknown): 'text' | 'list' | 'map' | 'other' => {
  if (isMap(node)) return 'map'
  if (isSeq(node)) return 'list'
  return isScalar(node) && typeof node.value === 'string' ? 'text' : 'other'
}

const keysOf = (map: YAMLMap): readonly string[] =>
  map.items.map((pair) => (isScalar(pair.key) ? String(pair.key.value) : ''))
