import { isMap, isSeq } from 'yaml'
import type { YAMLMap, YAMLSeq } from 'yaml'
import { fail } from '../errors.ts'
import { addEntry, addItem, removeEntry, removeItem, sameData } from './yaml-edit.ts'
import { readYaml } from './yaml-source.ts'

/** Declares a secret in a group; the group is added when it is not there. Nothing changes when the group declares no
 *  keys (its file says), or has this one already. Comments, order and spacing of everything else stay. */
export const declareKey = (text: string, group: string, key: string): string => {
  const groups = sectionOf(text, 'groups')
  const entry = groups?.get(group)
  if (!isMap(entry)) return addGroup(text, group, [key])
  const keys = entry.get('keys')
  if (!isSeq(keys) || namesIn(keys).includes(key)) return text
  return checked(addItem(text, keys, key), (data) => push(listAt(data, ['groups', group, 'keys']), key), text)
}

/** Takes a secret out of the keys of whatever group declares it. */
export const undeclareKey = (text: string, group: string, key: string): string => {
  const entry = sectionOf(text, 'groups')?.get(group)
  const keys = isMap(entry) ? entry.get('keys') : undefined
  if (!isSeq(keys) || !namesIn(keys).includes(key)) return text
  const index = namesIn(keys).indexOf(key)
  return checked(
    removeItem(text, keys, index),
    (data) => listAt(data, ['groups', group, 'keys']).splice(index, 1),
    text,
  )
}

/** Takes out a group that declares no key and says nothing else; the only one there is stays, as without any the files
 *  would say which groups there are. */
export const dropEmptyGroup = (text: string, name: string): string => {
  const groups = sectionOf(text, 'groups')
  const entry = groups?.get(name)
  const keys = isMap(entry) && entry.items.length === 1 ? entry.get('keys') : undefined
  if (groups === null || groups.items.length < 2 || !isSeq(keys) || keys.items.length > 0) return text
  const edited = removeEntry(text, groups, name)
  return checked(edited, (data) => void Reflect.deleteProperty(mapAt(data, 'groups'), name), text)
}

/** Adds a group; `keys` null leaves it to its file what the group holds. @throws CONFLICT when it is there */
export const addGroup = (text: string, name: string, keys: readonly string[] | null): string =>
  addTo(text, 'groups', name, keys === null ? {} : { keys: [...keys] })

/** Adds an environment with no settings of its own. @throws CONFLICT when it is there */
export const addEnvironment = (text: string, name: string): string => addTo(text, 'environments', name, {})

/** Adds a container with these settings, keys as in lockstep.yaml. @throws CONFLICT when it is there */
export const addContainer = (text: string, name: string, settings: Readonly<Record<string, unknown>>): string =>
  addTo(text, 'containers', name, { ...settings })

const addTo = (text: string, section: string, name: string, value: Record<string, unknown>): string => {
  const map = sectionOf(text, section)
  if (map?.has(name) === true) {
    throw fail('CONFLICT', `${name} is in ${section} already`, {
      at: 'lockstep.yaml',
      hint: 'change it there, or take another name',
    })
  }
  const edited = addEntry(text, map, section, name, value)
  return checked(edited, (data) => void (mapAt(data, section)[name] = value), text)
}

const sectionOf = (text: string, section: string): YAMLMap | null => {
  const { root } = readYaml(text, 'lockstep.yaml')
  const map = isMap(root) ? root.get(section) : undefined
  return isMap(map) ? map : null
}

const namesIn = (keys: YAMLSeq): readonly string[] => keys.items.map((item) => String(item))

type Data = Record<string, unknown>

/** The edit is done on the text; that it says exactly what was meant is then read back. */
const checked = (edited: string, meant: (data: Data) => void, before: string): string => {
  const expected = dataOf(before)
  meant(expected)
  if (sameData(dataOf(edited), expected)) return edited
  throw fail('INTERNAL', 'an edit of lockstep.yaml would have changed something else', {
    at: 'lockstep.yaml',
    hint: 'make this change by hand',
  })
}

const dataOf = (text: string): Data => {
  const data: unknown = readYaml(text, 'lockstep.yaml').document.toJS()
  if (isRecord(data)) return data
  throw fail('CONFIG', 'the file must be a map', { at: 'lockstep.yaml:1:1' })
}

const isRecord = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value)

const mapAt = (data: Data, key: string): Data => {
  const found = data[key]
  if (isRecord(found)) return found
  const made: Data = {}
  data[key] = made
  return made
}

const listAt = (data: Data, path: readonly string[]): unknown[] => {
  let found: unknown = data
  for (const key of path) found = isRecord(found) ? found[key] : undefined
  return Array.isArray(found) ? found : []
}

const push = (list: unknown[], key: string): void => void list.push(key)
