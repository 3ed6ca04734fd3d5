/** Where scripts of several hosts wait for each other. A host passes once, whatever became of it. */
export interface Gate {
  pass(host: string): void
  /** Resolves when every one of these hosts has passed. */
  whenAll(hosts: readonly string[]): Promise<void>
}

export const makeGate = (): Gate => {
  const passed = new Set<string>()
  const waiting = new Set<{ readonly hosts: readonly string[]; readonly go: () => void }>()
  const isOpen = (hosts: readonly string[]): boolean => hosts.every((host) => passed.has(host))
  return {
    pass: (host) => {
      passed.add(host)
      for (const one of waiting) {
        if (!isOpen(one.hosts)) continue
        waiting.delete(one)
        one.go()
      }
    },
    whenAll: (hosts) => (isOpen(hosts) ? Promise.resolve() : new Promise((go) => void waiting.add({ hosts, go }))),
  }
}
