import type { Secret } from '../secret.ts'
import type { Rotate } from '../manifest/manifest.ts'
import type { Credential } from './credential.ts'
import type { RotatorPorts } from '../rotators/rotator-ports.ts'

/** Values of one credential, by name of secret. */
export type Values = ReadonlyMap<string, Secret>

/** What a rotator wants to know again, on whatever machine the rotation goes on: ids, names of users, dates. They are
 *  kept in the ledger from before the first effect upstream, and may be shown: never a value or a part of one. */
export type Marks = Readonly<Record<string, string>>

/** How the old value gets on beside the new one. `both`: upstream accepts both until the old one is retired. `previous`:
 *  the old one is delivered as well, under another name. `gap`: whoever still has the old one is refused for a moment.
 *  `breaks`: what was made with the old one is void. */
export type OldStays = 'both' | 'previous' | 'gap' | 'breaks'

/** What every step is handed. */
export interface Step {
  /** The value of any secret of the project, such as an administrator's password that the settings name.
   *  Null: there is none of this name. */
  readonly secret: (name: string) => Secret | null
  readonly signal: AbortSignal
  /** Somebody else may have the old value: no overlap is wanted, and where upstream can end the old one before the new
   *  one is everywhere, it shall. */
  readonly isEmergency: boolean
}

/** A credential before anything is done. */
export interface Held extends Step {
  /** Values in force. A secret that has none yet is not in it. */
  readonly values: Values
}

/** One rotation of a credential, as far as it has come. */
export interface Attempt extends Step {
  /** Values that were in force when the rotation began. */
  readonly former: Values
  /** The new values as far as they are known: what `propose` gave, or all of them once `install` has answered. */
  readonly pending: Values
  readonly marks: Marks
}

/** All values as they are to be. */
export const valuesAfter = ({ former, pending }: Pick<Attempt, 'former' | 'pending'>): Values =>
  new Map([...former, ...pending])

/** What a look upstream found, for the plan. */
export interface Look {
  /** A few words for people: `key slots 1/2`. */
  readonly note: string | null
}

export interface Proposal {
  /** Secrets that get a new value. Those that upstream makes come with `install`. May include secrets of the credential
   *  only, and the one that `previous:` names. */
  readonly values: Values
  readonly marks: Marks
}

/** One credential and what its upstream can do. Each step may be called again after it was done, wholly or in part, by a
 *  run that was killed or did not hear the answer: it looks first, and does only what is missing. No step keeps anything
 *  on this machine. A step that cannot reach upstream in time is UNAVAILABLE, one that upstream refuses DENIED, one that
 *  finds another state than it can be sure about CONFLICT (with what a person has to look at in the hint). No error text
 *  holds a value or an upstream's answer as it came. */
export interface Rotator {
  readonly oldStays: OldStays
  /** Secrets that get a new value, where that is not all of the credential. */
  readonly changes?: readonly string[]
  /** A new value comes from a person: an unattended run leaves it out and says so. */
  readonly needsPerson?: boolean
  /** `retire` leaves the old value as it is upstream: a person ends it, or nobody. `verify` is about any value, the old one
   *  as well. */
  readonly endsNothing?: boolean
  /** In an emergency `install` itself ends the old value, and nothing can put it back: the journal says so before. Then
   *  `withdraw` changes nothing where the old one is void, and is CONFLICT. */
  readonly installEnds?: boolean
  /** For the plan; changes nothing. @throws what would stop the rotation: CONFLICT when both key slots are in use */
  look(held: Held): Promise<Look>
  /** What is to be recorded before the first effect: new values that are ours to choose, and marks. Changes nothing. */
  propose(held: Held): Promise<Proposal>
  /** Has upstream accept the new value beside the old one. Gives all new values, and all marks, as they are from now on. */
  install(attempt: Attempt): Promise<Proposal>
  /** Logs in with the new value; waits where upstream takes a while to know it.
   *  @throws DENIED where it is refused in the end */
  verify(attempt: Attempt): Promise<void>
  /** Ends the old value, after every host has the new one. With `isEmergency`: before. */
  retire(attempt: Attempt): Promise<void>
  /** Ends the new value, as if it had never been; the old one is in force as before. `pending` may lack what upstream made
   *  and nobody heard. */
  withdraw(attempt: Attempt): Promise<void>
}

/** One kind of rotator: `with:` names it. */
export interface RotatorKind {
  /** Each key of a group is a credential of its own. Default: all of them together are one. */
  readonly isEach?: (rotate: Rotate) => boolean
  /** Reads the settings. @throws CONFIG, naming the setting */
  readonly open: (credential: Credential, ports: RotatorPorts) => Rotator
}
