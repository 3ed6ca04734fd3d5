import { isoTime } from '../../core/duration.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import { shellWord } from '../../core/host-text.ts'
import { waiting } from '../../core/rotate/journal.ts'
import type { RotationContext } from './rotation-context.ts'
import { waitingRow } from './waiting-rows.ts'

/** What to type where a credential cannot be rotated, as its former value waits for its end. */
export const waitHint = (context: RotationContext, ledger: Ledger, id: string): string => {
  const { names, isEmergency } = context.options
  const open = waiting(ledger).find((one) => one.id === id)
  const row = open && waitingRow(context, ledger, open)
  const then = 'then the same again'
  const resume = `lockstep rotate --resume${isEmergency ? ' --emergency' : ''}`
  const ends = names.length === 0 && isEmergency ? 'this run' : resume
  if (row?.open.isOldEnded === true) return `its end has begun: ${ends} goes on with it; ${then}`
  if (row === undefined || row.left === 0) return `${ends} ends it once every host has the new one; ${then}`
  const hosts = row.hosts.length === 0 ? '' : ', once every host has the new one'
  const now = `to end it now${hosts}: lockstep rotate --resume --emergency`
  const back = `to take the new one back: lockstep rotate --abort ${shellWord(id)}`
  return `its overlap is over at ${isoTime(row.until)}: ${resume} ends it then${hosts}; ${now}; ${back}; ${then}`
}
