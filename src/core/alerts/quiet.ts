import type { Severity } from '../audit/findings.ts'
import { localTime } from '../local-time.ts'

/** Hours in which a sink is not sent to; what happens meanwhile is told when they are over. */
export interface Quiet {
  /** Minutes since midnight. From later than to: over midnight. */
  readonly from: number
  readonly to: number
  /** An IANA time zone; null: that of the machine which sends. */
  readonly zone: string | null
  /** Does what is high wait too? */
  readonly high: boolean
}

export const quietPattern = '^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]( [A-Za-z][A-Za-z0-9_+/-]*)?$'

/** `22:00-07:00` or `22:00-07:00 Europe/Berlin`; null when it is neither, or no time at all. */
export const parseQuiet = (text: string, high = false): Quiet | null => {
  const match = /^(\d\d):(\d\d)-(\d\d):(\d\d)(?: (\S+))?$/.exec(text)
  if (match === null) return null
  const [, fromHour, fromMinute, toHour, toMinute, zone = null] = match
  const [from, to] = [Number(fromHour) * 60 + Number(fromMinute), Number(toHour) * 60 + Number(toMinute)]
  if (!(from < 1440 && to < 1440) || from === to || (zone !== null && !isZone(zone))) return null
  return { from, to, zone, high }
}

const isZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** Is it to wait now? `local` is the zone of this machine. */
export const isHeldBack = (
  quiet: Quiet | null,
  severity: Severity,
  { now, local }: { readonly now: number; readonly local: string },
): boolean => {
  if (quiet === null || (severity === 'high' && !quiet.high)) return false
  const { minute } = localTime(now, quiet.zone ?? local)
  return quiet.from < quiet.to ? minute >= quiet.from && minute < quiet.to : minute >= quiet.from || minute < quiet.to
}
