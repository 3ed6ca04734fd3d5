import type { HostFacts } from './host-facts.ts'

/** A host that should keep a copy of the fleet's ledger, where no copy came from anywhere. */
export interface EmptyKeeper {
  readonly host: string
  /** `refused`: we may not ask it. `unasked`: it is not in this batch of a playbook. */
  readonly state: 'lost' | 'refused' | 'no copy' | 'unasked'
}

/** What is known of a fleet whose ledger was not reached. */
export interface UnreachedLedger {
  readonly keepers: readonly EmptyKeeper[]
  /** Hosts of ours that answered, keepers among them. */
  readonly enrolled: readonly Pick<HostFacts, 'current' | 'lease'>[]
}

/** May a run begin a ledger? Where hosts have had a delivery there was one: it is out of reach, or somebody deleted it.
 *  Where they have not, this is the first set-up, or one was cut off before any ledger was written; a keeper that is lost
 *  might say otherwise, whatever those say that answer. */
export const mayBeginLedger = ({ keepers, enrolled }: UnreachedLedger): boolean =>
  !enrolled.some(hasHadDelivery) && !keepers.some(isOutOfReach)

const isOutOfReach = ({ state }: Pick<EmptyKeeper, 'state'>): boolean => state === 'lost' || state === 'refused'

// a generation that was never in force may be of a first set-up that was cut off
export const hasHadDelivery = ({ current, lease }: Pick<HostFacts, 'current' | 'lease'>): boolean =>
  current !== null || (lease?.fence ?? 0) > 0

/** Who should have had it, and why they gave none. */
export const unreachedWords = ({ keepers }: Pick<UnreachedLedger, 'keepers'>): string =>
  `the fleet's ledger was not reached: ${keepers.map(({ host, state }) => `${host} ${stateWords[state]}`).join(', ')}`

const stateWords: Readonly<Record<EmptyKeeper['state'], string>> = {
  lost: 'did not answer',
  refused: 'could not be asked',
  'no copy': 'has no copy',
  unasked: 'is not in this batch',
}

export const unreachedHint = ({ keepers, enrolled }: UnreachedLedger, mode: string): string => {
  const goOn = `lockstep ${mode} --without-ledger`
  if (keepers.some((one) => one.state === 'unasked'))
    return `run lockstep status once from this clone, or take ${keepers.map((one) => one.host).join(' or ')} into the batch`
  const isPerhapsFirst = !enrolled.some(hasHadDelivery)
  return isPerhapsFirst
    ? `bring ${keepers
        .filter(isOutOfReach)
        .map((one) => one.host)
        .join(' and ')} back; where nothing was ever delivered to this fleet: ${goOn}`
    : `bring these hosts back, or deliver from a clone that has seen it; to go on without what it knows: ${goOn}`
}

/** What nobody could check in a run that went on all the same. */
export const uncheckedWords =
  'not checked: that each host is the machine that was set up, that nobody put an older generation back, that this clone knows the newest versions'

export const rolledBackWords = 'the ledger on the hosts is older than the one seen from here: somebody put it back'
