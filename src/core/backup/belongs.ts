/** Files and folders at a project's root that are kept in a backup, the secrets and the inventory aside. */
export const keptAtRoot: readonly string[] = [
  '.gitattributes',
  '.gitignore',
  'ansible',
  'ansible.cfg',
  'group_vars',
  'host_vars',
  'inventory',
  'lockstep.yaml',
  'playbooks',
  'requirements.yml',
  'roles',
]

/** Of those: what can be had again, or lies there only for a moment. */
export const isPassing = (name: string): boolean =>
  ['.git', '__pycache__', 'node_modules', 'ansible_collections', '.DS_Store'].includes(name) ||
  /\.(pyc|pyo|retry|swp|tmp|bak)$|~$|^\.#|^#.*#$/.test(name)

/** Bytes. */
export const largestFile: number = 9 * 1024 * 1024
export const largestBackup: number = 64 * 1024 * 1024
/** The same sealed, with its list of contents. */
export const longestArchive: number = largestBackup + 1024 * 1024
/** Of the access log: the head, the file in use and full ones of 8 MiB. */
export const largestLog: number = 36 * 1024 * 1024

/** A path of the inventory that lies below the root; null for any other, and for one that is kept in any case. */
export const inventoryBelow = (inventory: string | null): string | null => {
  if (inventory === null || /^[/~]|,|(^|\/)\.\.(\/|$)|(^|\/)\.git(\/|$)/.test(inventory)) return null
  const path = inventory.replace(/^(\.\/)+/, '').replace(/\/+$/, '')
  const isKept = keptAtRoot.some((kept) => path === kept || path.startsWith(`${kept}/`))
  return path === '' || path === '.' || isKept ? null : path
}
