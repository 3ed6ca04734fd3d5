/** What ansible-inventory says of a fleet. The fleet side resolves patterns, with Ansible itself. */
export interface Inventory {
  /** By inventory name: the inventory's own groups, and the variables as ansible-inventory prints them (untemplated). */
  readonly hosts: Readonly<Record<string, InventoryHost>>
  /** Names of all its groups, those without hosts too. Null: not known. */
  readonly groups: readonly string[] | null
  /** For each pattern the manifest uses, the hosts it resolves to, in the inventory's order. */
  readonly patterns: Readonly<Record<string, readonly string[]>>
}

export interface InventoryHost {
  readonly groups: readonly string[]
  readonly variables: Readonly<Record<string, unknown>>
}
