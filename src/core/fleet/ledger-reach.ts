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
 *  Where they only have their ids, a first set-up was cut off before any ledger was written; a keeper that is lost might
 *  say otherwise. */
export const mayBeginLedger = ({ keepers, enrolled }: UnreachedLedger): boolean =>
  !enrolled.some(hasHadDelivery) &&
  (enrolled.length === 0 || !keepers.some(({ state }) => state === 'lost' || state === 'refused'))

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

export const unreachedHint = ({ keepers }: Pick<UnreachedLedger, 'keepers'>, mode: string): string =>
  keepers.some((one) => one.state === 'unasked')
    ? `run lockstep status once from this clone, or take ${keepers.map((one) => one.host).join(' or ')} into the batch`
    : `bring these hosts back, or deliver from a clone that has seen it; to go on without what it knows: lockstep ${mode} --without-ledger`

/** What nobody could check in a run that went on all the same. */
export const uncheckedWords =
  'not checked: that each host is the machine that was set up, that nobody put an older generation back, that this clone knows the newest versions'
