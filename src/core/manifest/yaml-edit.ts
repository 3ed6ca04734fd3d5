import { isMap, isNode, isScalar, isSeq, stringify } from 'yaml'
import type { YAMLMap, YAMLSeq } from 'yaml'

/** Text after one more item at the end of the list. */
export const addItem = (text: string, list: YAMLSeq, item: string): string => {
  const last = list.items.at(-1)
  const [start] = rangeOf(list)
  if (list.flow === true || last === undefined) {
    const at = last === undefined ? start + 1 : rangeOf(last)[1]
    return splice(text, at, at, last === undefined ? item : `, ${item}`)
  }
  const at = endOfLine(text, rangeOf(last)[1])
  const indent = ' '.repeat(columnOf(text, start))
  return splice(text, at, at, `${newline(text, at)}${indent}- ${item}\n`)
}

/** Text without one item of the list. */
export const removeItem = (text: string, list: YAMLSeq, index: number): string => {
  const [item, next, previous] = [list.items[index], list.items[index + 1], list.items[index - 1]]
  const [start, end] = rangeOf(item)
  if (list.items.length === 1) return splice(text, rangeOf(list)[0], list.flow === true ? rangeOf(list)[1] : end, '[]')
  if (list.flow === true) {
    return next === undefined ? splice(text, rangeOf(previous)[1], end, '') : splice(text, start, rangeOf(next)[0], '')
  }
  const line = text.lastIndexOf('\n', start - 1) + 1
  return splice(text, line, endOfLine(text, end), '')
}

/** Text with `name: value` at the end of the map `section`, which is made when there is none. */
export const addEntry = (
  text: string,
  map: YAMLMap | null,
  section: string,
  name: string,
  value: Readonly<Record<string, unknown>>,
): string => {
  const entry = `${name}: ${inFlow(value)}`
  if (map === null) {
    const ended = text === '' || text.endsWith('\n') ? text : `${text}\n`
    return `${ended}${section}:\n  ${entry}\n`
  }
  const [start, end] = rangeOf(map)
  if (map.flow === true) {
    const empty = map.items.length === 0
    const at = empty ? start + 1 : rangeOf(lastOf(map))[1]
    return splice(text, at, empty ? end - 1 : at, empty ? ` ${entry} ` : `, ${entry}`)
  }
  const at = endOfLine(text, rangeOf(lastOf(map))[1])
  return splice(text, at, at, `${newline(text, at)}${' '.repeat(columnOf(text, start))}${entry}\n`)
}

/** Text without one of several entries of the map. */
export const removeEntry = (text: string, map: YAMLMap, name: string): string => {
  const index = map.items.findIndex(({ key }) => isScalar(key) && key.value === name)
  const [pair, next, previous] = [map.items[index], map.items[index + 1], map.items[index - 1]]
  const start = rangeOf(pair?.key)[0]
  const end = rangeOf(pair?.value)[1]
  if (map.flow === true) {
    if (next !== undefined) return splice(text, start, rangeOf(next.key)[0], '')
    return splice(text, rangeOf(previous?.value)[1], end, '')
  }
  return splice(text, text.lastIndexOf('\n', start - 1) + 1, endOfLine(text, end), '')
}

/** Same data, whatever the order of keys? */
export const sameData = (a: unknown, b: unknown): boolean => sortedJson(a) === sortedJson(b)

const sortedJson = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )

const inFlow = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(inFlow).join(', ')}]`
  if (typeof value !== 'object' || value === null) return scalarInFlow(value)
  const members = Object.entries(value).map(([key, member]) => `${key}: ${inFlow(member)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

/** Quoted as a flow list needs it. */
const scalarInFlow = (value: unknown): string =>
  stringify([value], { collectionStyle: 'flow', lineWidth: 0 }).trim().slice(1, -1).trim()

/** The last thing in a map: the value of its last pair, or the key where that is empty. */
const lastOf = (map: YAMLMap): unknown => {
  const pair = map.items.at(-1)
  const value = pair?.value
  if (isMap(value) && value.flow !== true && value.items.length > 0) return lastOf(value)
  if (isSeq(value) && value.flow !== true && value.items.length > 0) return value.items.at(-1)
  return isNode(value) && !(isScalar(value) && value.source === '') ? value : pair?.key
}

const rangeOf = (node: unknown): [number, number] => {
  const range = isNode(node) ? node.range : undefined
  return [range?.[0] ?? 0, range?.[1] ?? 0]
}

const splice = (text: string, start: number, end: number, put: string): string =>
  `${text.slice(0, start)}${put}${text.slice(end)}`

/** Just behind the line break of the line that `offset` ends in; a comment behind the value stays on its line. */
const endOfLine = (text: string, offset: number): number => {
  if (text[offset - 1] === '\n') return offset
  const found = text.indexOf('\n', offset)
  return found < 0 ? text.length : found + 1
}

const newline = (text: string, at: number): string => (at > 0 && text[at - 1] !== '\n' ? '\n' : '')

const columnOf = (text: string, offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1)
