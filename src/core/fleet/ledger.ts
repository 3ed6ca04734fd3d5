import { canonical } from '../canonical.ts'
import type { Canonical } from '../canonical.ts'
import { fail } from '../errors.ts'
import { headShape, type SignedHead } from '../log/head.ts'
import { journalShape, plainJournal, type RotationJournal } from '../rotate/journal.ts'
import type { Shape } from '../shape.ts'
import { dictionary, integer, list, nullable, oneOf, parseJson, shape, text } from '../shape.ts'

/** The fleet's own record, sealed, kept on up to three hosts: what was delivered where, and what is being rotated. Times
 *  are ISO, UTC. */
export interface Ledger extends RotationJournal {
  readonly format: 1
  readonly project: string
  readonly environment: string
  /** Counts the deliveries of the whole fleet. */
  readonly revision: number
  /** Counts what a rotation wrote since the last delivery: of one revision, the copy with more is the newer. */
  readonly writes?: number
  readonly hosts: Readonly<Record<string, LedgerHost>>
  /** The last fifty, newest last. */
  readonly deliveries: readonly LedgerDelivery[]
}

export interface LedgerHost {
  /** The random id that `setup` gave this machine. */
  readonly id: string
  /** Number of the generation in force; null before the first. */
  readonly current: number | null
  /** Every generation not known to be gone from the host, oldest first. */
  readonly generations: readonly LedgerGeneration[]
  /** Digests that bin/lockstep there may have: of the one delivered, and of one that was about to be. */
  readonly executables?: readonly string[]
  /** Digests that the watch there may have; absent: none was brought. */
  readonly watches?: readonly string[]
  /** Where it lies there; an older lockstep did not write it down. */
  readonly directory?: string
}

export interface LedgerGeneration {
  readonly number: number
  readonly id: string
  readonly revision: number
  readonly at: string
  /** `staged`: meant to be switched to, not known to have been. */
  readonly state: 'staged' | 'used'
  /** Version of each secret inside. */
  readonly secrets: Readonly<Record<string, number>>
}

export interface LedgerDelivery {
  readonly revision: number
  readonly run: string
  readonly at: string
  readonly by: string
  readonly state: 'open' | 'done' | 'partial'
  readonly hosts: readonly string[]
  /** The end of the access log of the clone that delivered. */
  readonly log?: SignedHead
}

export const emptyLedger = (project: string, environment: string): Ledger => ({
  format: 1,
  project,
  environment,
  revision: 0,
  hosts: {},
  deliveries: [],
})

const generation: Shape<LedgerGeneration> = shape({
  number: integer,
  id: text,
  revision: integer,
  at: text,
  state: oneOf('staged', 'used'),
  secrets: dictionary(integer),
})

const formatOne: Shape<1> = (value, at) => {
  if (value === 1) return 1
  throw fail('CONFLICT', 'the ledger was written by a newer lockstep', { at, hint: 'update lockstep on this machine' })
}

interface HostMembers extends Omit<LedgerHost, 'executables' | 'watches' | 'directory'> {
  readonly watches: readonly string[] | null
  readonly executables: readonly string[] | null
  readonly directory: string | null
}

const hostMembers = shape<HostMembers>({
  id: text,
  current: nullable(integer),
  generations: list(generation),
  executables: nullable(list(text)),
  watches: nullable(list(text)),
  directory: nullable(text),
})

const ledgerHost: Shape<LedgerHost> = (value, at) => {
  const { executables, watches, directory, ...host } = hostMembers(value, at)
  return {
    ...host,
    ...(executables === null ? {} : { executables }),
    ...(watches === null ? {} : { watches }),
    ...(directory === null ? {} : { directory }),
  }
}

const deliveryMembers = shape<Omit<LedgerDelivery, 'log'> & { readonly log: SignedHead | null }>({
  revision: integer,
  run: text,
  at: text,
  by: text,
  state: oneOf('open', 'done', 'partial'),
  hosts: list(text),
  log: nullable(headShape),
})

const ledgerDelivery: Shape<LedgerDelivery> = (value, at) => {
  const { log, ...delivery } = deliveryMembers(value, at)
  return { ...delivery, ...(log === null ? {} : { log }) }
}

const ledgerMembers = shape<Omit<Ledger, 'writes' | keyof RotationJournal> & { readonly writes: number | null }>({
  format: formatOne,
  project: text,
  environment: text,
  revision: integer,
  hosts: dictionary(ledgerHost),
  deliveries: list(ledgerDelivery),
  writes: nullable(integer),
})

const ledger: Shape<Ledger> = (value, at) => {
  const { writes, ...members } = ledgerMembers(value, at)
  return { ...members, ...(writes === null ? {} : { writes }), ...journalShape(value, at) }
}

/** @throws TAMPERED for what is no ledger */
export const parseLedger = (source: string, at: string): Ledger => parseJson(source, ledger, at)

export const printLedger = (value: Ledger): string => `${canonical(plain(value))}\n`

// null does not exist in canonical documents: absent says the same
const plain = ({
  rotation = null,
  atWork,
  credentials = [],
  rotations = [],
  ended = {},
  returned = {},
  ...value
}: Ledger): Canonical => ({
  ...value,
  hosts: Object.fromEntries(
    Object.entries(value.hosts).map(([name, { current, ...host }]) => [
      name,
      { ...host, generations: host.generations.map((one) => ({ ...one })), ...(current === null ? {} : { current }) },
    ]),
  ),
  deliveries: value.deliveries.map(({ log, ...one }) => ({
    ...one,
    ...(log === undefined ? {} : { log: { ...log } }),
  })),
  ...plainJournal({ rotation, ...(atWork === undefined ? {} : { atWork }), credentials, rotations, ended, returned }),
})

/** Is a machine known under this name? Not where all that is known is what a run was about to do when it was cut off, nor
 *  where the host was forgotten. */
export const wasSetUp = ({ hosts }: Ledger, host: string): boolean => {
  const known = hosts[host]
  return known !== undefined && (known.current !== null || known.generations.some((one) => one.state === 'used'))
}
