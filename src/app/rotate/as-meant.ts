import type { Ledger } from '../../core/fleet/ledger.ts'
import { isNamed } from '../../core/rotate/choose.ts'
import { openCredentials, previousIn, type OpenCredential } from '../../core/rotate/journal.ts'
import { abandonedNow } from './abandoned.ts'
import type { RotationPlan } from './plan-rotation.ts'
import type { RotateOptions, RotationContext } from './rotation-context.ts'
import { waitingRows } from './waiting-rows.ts'

/** Of what earlier runs have begun: what this one is about. What --exposed-by leaves alone is in no row that waits. */
export const isMeant = (
  { options }: Pick<RotationContext, 'options'>,
  { waiting, exposed }: Pick<RotationPlan, 'waiting' | 'exposed'>,
  one: OpenCredential,
): boolean => {
  if (options.names.length > 0) return options.names.some((name) => isNamed(one, name))
  return exposed === null || waiting.some(({ open }) => open.id === one.id)
}

/** As the options of this run want it, whatever those of the run that began it were. */
export const asMeant = (one: OpenCredential, options: RotateOptions): OpenCredential => {
  const { isEmergency, mode } = options
  const abandoned = [...new Set([...one.abandoned, ...abandonedNow(options, one)])]
  if (!isEmergency || mode === 'abort') return { ...one, abandoned }
  // its former value was delivered as the previous one, so this was no emergency, and does not become one
  return { ...one, abandoned, overlap: 0, isEmergency: one.isEmergency || previousIn(one) === null }
}

/** The ledger where hosts that were abandoned are so no longer once they do without the former value. */
export const withoutReturned = (context: RotationContext, ledger: Ledger): Ledger => {
  const asking = { ...context, options: { ...context.options, abandon: [] } }
  const credentials = openCredentials(ledger)
  const rows = waitingRows(asking, { ...ledger, credentials: credentials.map((one) => ({ ...one, abandoned: [] })) })
  const needing = new Map(rows.map(({ open: { id }, hosts }) => [id, hosts]))
  const isLeft = ({ id }: OpenCredential, host: string): boolean => needing.get(id)?.includes(host) ?? true
  return {
    ...ledger,
    credentials: credentials.map((one) => ({ ...one, abandoned: one.abandoned.filter((host) => isLeft(one, host)) })),
  }
}
