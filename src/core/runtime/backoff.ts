/** Milliseconds to wait before try number `attempt` (the first repetition is 1): doubles from `first` to `most`, of
 *  which the upper half is left to chance, so that containers that started together do not ask together.
 *  `chance` is 0 to 1. */
export const backoff = (
  attempt: number,
  chance: number,
  { first = 1_000, most = 60_000 }: { readonly first?: number; readonly most?: number } = {},
): number => {
  const whole = Math.min(most, first * 2 ** Math.min(attempt - 1, 30))
  return Math.round(whole / 2 + (whole / 2) * chance)
}

/** A number from 0 up to 1 out of random bytes. */
export const chanceOf = (bytes: Uint8Array): number =>
  bytes.reduce((sum, byte, index) => sum + byte / 256 ** (index + 1), 0)
