import type { PlacedSecret } from './desired.ts'
import type { DeliveredSecret } from './host-facts.ts'

/** The same value on a host and here, if under a former key of the project. */
export const isSameValue = (there: Pick<DeliveredSecret, 'fingerprint'>, here: PlacedSecret): boolean =>
  there.fingerprint === here.fingerprint || here.former.includes(there.fingerprint)
