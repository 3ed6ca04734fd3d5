/** What /proc/self/uid_map says: the uid on the host behind our uid 0, or null where root is nobody there. `initial`
 *  is the machine's own namespace, where every uid is itself. */
export interface UserNamespace {
  readonly initial: boolean
  readonly rootIs: number | null
}

/** Reads /proc/self/uid_map. Null where there is no such file (not Linux): nothing can be said. */
export const userNamespaceOf = (uidMap: string | null): UserNamespace | null => {
  if (uidMap === null) return null
  const rows = uidMap
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter((row) => row.length === 3 && row.every(Number.isSafeInteger))
  const first = rows.find(([inside]) => inside === 0)
  return {
    initial: rows.length === 1 && first?.[1] === 0 && first[2] === 0xffffffff,
    rootIs: first?.[1] ?? null,
  }
}

/** What to do when the files of a scope cannot be read: depends on who we are and on the engine's namespaces. */
export const unreadableHint = (uid: number, namespace: UserNamespace | null): string => {
  if (namespace !== null && !namespace.initial && namespace.rootIs !== 0) {
    const outside = uid === 0 ? namespace.rootIs : null
    const owner = outside === null ? 'the uid this container has on the host' : `uid ${outside}`
    return (
      'this engine is rootless or remaps users, so root here is not root on the host: ' +
      `set \`uid:\` of the container in lockstep.yaml to ${owner} and deploy again`
    )
  }
  return uid === 0
    ? 'root needs the DAC_OVERRIDE capability to read files of another owner: set `uid: 0` for the container or add it'
    : `set \`uid: ${uid}\` for the container in lockstep.yaml and deploy again, or start as root with ` +
        `\`lockstep run --user ${uid}\` as the entrypoint`
}
