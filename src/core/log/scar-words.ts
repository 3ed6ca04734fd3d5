import type { Scar } from './entry.ts'

/** What a scar says, for people. */
export const scarWords = ({ kind, bytes, seq }: Scar): string => {
  if (kind === 'torn') return `the access log ended in the middle of a line; ${bytes ?? 0} bytes were replaced`
  if (kind === 'cut') return `the end of the access log was cut off: entry ${seq ?? 0} was there`
  if (kind === 'gone') return `the access log is gone: it had ${seq ?? 0} entries`
  if (kind === 'head') return 'the signed head of the access log is gone or not of this project'
  return 'the last line of the access log is not one of ours'
}
