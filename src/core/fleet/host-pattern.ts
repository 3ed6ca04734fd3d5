import type { Inventory } from './inventory.ts'
import { quoteName } from '../names.ts'
import { didYouMean } from '../suggest.ts'

/** What a plain name in an Ansible pattern would have to be: Ansible passes over one that is nothing, so that
 *  `all:!onoed1` is all. Null: every name is a host or a group, or the inventory's groups are not known. */
export const unknownName = (pattern: string, inventory: Pick<Inventory, 'hosts' | 'groups'>): string | null => {
  if (inventory.groups === null) return null
  const known = [...Object.keys(inventory.hosts), ...inventory.groups]
  const wrong = plainNames(pattern).find((name) => !known.includes(name) && !everywhere.includes(name))
  if (wrong === undefined) return null
  const pardon = wrong === pattern ? '' : `${quoteName(pattern)}: `
  return `${pardon}no host or group ${quoteName(wrong)} in the inventory${didYouMean(wrong, known)}`
}

/** Names that Ansible itself knows. */
const everywhere: readonly string[] = ['all', 'ungrouped', 'localhost', '127.0.0.1']

/** The parts of a pattern that are names: not globs (`on*`), regular expressions (`~on.*`), ranges and slices
 *  (`workers[0:2]`), which may match nothing. */
const plainNames = (pattern: string): readonly string[] =>
  partsOf(pattern)
    .map((part) => part.trim().replace(/^[!&]/, ''))
    .filter((part) => part !== '' && !/^[~@]|[*?[]/.test(part))

/** As Ansible takes a pattern apart: at commas, or else at colons outside brackets. */
const partsOf = (pattern: string): readonly string[] =>
  pattern.includes(',') ? pattern.split(',') : (pattern.match(/(?:[^\s:[\]]|\[[^\]]*\])+/g) ?? [])
