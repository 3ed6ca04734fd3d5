export interface LocalTime {
  /** Since midnight. */
  readonly minute: number
  /** 0: Sunday. */
  readonly weekday: number
}

/** In the order of their numbers. */
export const weekdays: readonly string[] = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** What the clock on the wall of that zone shows. */
export const localTime = (at: number, zone: string): LocalTime => {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    weekday: 'short',
    hourCycle: 'h23',
  })
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]))
  return {
    minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
    weekday: weekdays.indexOf(parts.get('weekday') ?? ''),
  }
}
