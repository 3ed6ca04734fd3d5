import type { Ledger } from '../fleet/ledger.ts'
import type { LogHead, SignedHead } from './head.ts'
import { anchorProblem, type LogProblem, type LogVerdict } from './verify.ts'

/** Somebody who keeps an end of the log as it was once. */
export interface Witness {
  /** For messages: a host, a delivery in the ledger, a backup. */
  readonly name: string
  readonly seen: LogHead
  /** Was it somebody with the project key who wrote that down? `unknown`: under a key that is not known here. */
  readonly trust: 'good' | 'bad' | 'unknown'
}

export type CheckHead = (head: SignedHead) => Witness['trust']

/** Who keeps a signed head. */
export const signedWitness = (name: string, seen: SignedHead, checkHead: CheckHead): Witness => ({
  name,
  seen,
  trust: checkHead(seen),
})

export interface Heard {
  readonly problems: readonly LogProblem[]
  readonly notes: readonly string[]
  /** How many have seen this log, and it agrees. */
  readonly agreeing: number
}

/** Deliveries that the ledger remembers, with the end of the log they began at. */
export const ledgerWitnesses = ({ deliveries }: Pick<Ledger, 'deliveries'>, checkHead: CheckHead): readonly Witness[] =>
  deliveries.flatMap(({ log, revision, by }) =>
    log === undefined ? [] : [signedWitness(`the ledger (delivery ${revision} by ${by})`, log, checkHead)],
  )

/** Does the log hold what others have seen of it? Each clone has a log of its own: what is of another one says nothing
 *  here. */
export const hearWitnesses = (verdict: Pick<LogVerdict, 'hashes' | 'last'>, witnesses: readonly Witness[]): Heard => {
  const forged = witnesses.filter(({ trust }) => trust === 'bad')
  const proved = witnesses.filter(({ trust }) => trust === 'good')
  const own = proved.filter(({ seen }) => seen.id === verdict.last?.id)
  const problems = own.flatMap(({ name, seen }) => anchorProblem(verdict, seen, 'access.jsonl', 'anchor', name))
  return {
    problems: [
      ...problems,
      ...forged.map(({ name }): LogProblem => ({
        file: 'access.jsonl',
        line: 0,
        kind: 'anchor',
        message: `what ${name} keeps of a log was not signed with the project key`,
      })),
    ],
    notes: [...otherLogs(proved, verdict.last), ...unknownKeys(witnesses)],
    agreeing: own.length - new Set(problems.map(({ message }) => message)).size,
  }
}

const otherLogs = (proved: readonly Witness[], last: LogHead | null): readonly string[] => {
  const others = new Map<string, Witness>()
  for (const one of proved) {
    const known = others.get(one.seen.id)
    if (one.seen.id !== last?.id && one.seen.seq >= (known?.seen.seq ?? 0)) others.set(one.seen.id, one)
  }
  return [...others.values()].map(
    ({ name, seen }) =>
      `${name} knows another log, ${seen.id.slice(0, 8)}, up to entry ${seen.seq}: of another clone, or lost`,
  )
}

const unknownKeys = (judged: readonly Witness[]): readonly string[] => {
  const names = judged.filter(({ trust }) => trust === 'unknown').map(({ name }) => name)
  return names.length === 0 ? [] : [`under a project key that is not known here: ${names.join(', ')}`]
}
