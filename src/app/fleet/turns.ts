/** Takes hosts through the dangerous part a few at a time, and stops at the first that fails. */
export interface Turns {
  /** Waits for a turn and takes it; `work` says whether the host came through. Resolves to what `work` gave, or to
   *  null when another host's failure has stopped the roll-out before this one's turn. */
  turn<T extends { readonly ok: boolean }>(host: string, work: () => Promise<T>): Promise<T | null>
  /** Name of the host that stopped it. */
  readonly stoppedBy: () => string | null
}

/** `order` decides who goes first among those waiting; the first one goes alone, as the canary. */
export const takeTurns = (
  atOnce: number,
  order: () => readonly string[],
  /** A moment for the others to arrive, before the first is chosen. */
  pause: () => Promise<void>,
): Turns => {
  const waiting: { readonly host: string; readonly go: (allowed: boolean) => void }[] = []
  let running = 0
  let isCanaryDone = false
  let stoppedBy: string | null = null

  const letGo = (): void => {
    if (stoppedBy !== null) {
      for (const one of waiting.splice(0)) one.go(false)
      return
    }
    waiting.sort((a, b) => order().indexOf(a.host) - order().indexOf(b.host))
    while (waiting.length > 0 && running < (isCanaryDone ? atOnce : 1)) {
      running++
      waiting.shift()?.go(true)
    }
  }

  return {
    stoppedBy: () => stoppedBy,
    turn: async (host, work) => {
      const turn = new Promise<boolean>((go) => void waiting.push({ host, go }))
      await pause()
      letGo()
      const allowed = await turn
      if (!allowed) return null
      let ok = false
      try {
        const result = await work()
        ok = result.ok
        return result
      } finally {
        running--
        isCanaryDone = true
        if (!ok) stoppedBy ??= host
        letGo()
      }
    },
  }
}
