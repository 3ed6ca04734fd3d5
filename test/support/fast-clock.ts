import type { Clock } from '../../src/core/ports.ts'

/** A clock whose pauses take no time, and are counted. */
export const fastClock = (): Clock & { slept(): number; pass(ms: number): void } => {
  let passed = 0
  return {
    now: () => Date.now() + passed,
    sleep: async (ms) => void (passed += ms),
    slept: () => passed,
    pass: (ms) => void (passed += ms),
  }
}
