const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** The one spelling of a length of time: a whole number and a unit, `60s`, `24h`, `30d`. */
export const durationPattern = '^[0-9]{1,6}(ms|s|m|h|d|w)$'

/** Milliseconds of `30d`; null when it is not a duration. */
export const parseDuration = (text: string): number | null => {
  const match = /^([0-9]{1,6})(ms|s|m|h|d|w)$/.exec(text)
  const [, count, unit] = match ?? []
  if (count === undefined || !isUnit(unit)) return null
  return Number(count) * units[unit]
}

const isUnit = (unit: string | undefined): unit is keyof typeof units =>
  unit !== undefined && Object.hasOwn(units, unit)

/** A day in milliseconds. */
export const day: number = units.d

/** The age of something for people: the largest unit that fits, rounded down, `41d`, `5h`, `12m`, `3s`. */
export const formatDuration = (milliseconds: number): string => {
  for (const unit of ['d', 'h', 'm'] as const) {
    if (milliseconds >= units[unit]) return `${Math.floor(milliseconds / units[unit])}${unit}`
  }
  return `${Math.max(0, Math.floor(milliseconds / units.s))}s`
}

/** How long ago something was, for people: `3h ago`. */
export const ago = (then: number, now: number): string => `${formatDuration(now - then)} ago`

/** ISO time in UTC with seconds, as all our documents write times. */
export const isoTime = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
