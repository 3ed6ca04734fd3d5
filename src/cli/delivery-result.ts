import { proofStates } from '../core/containers/proof.ts'
import { proofs } from '../core/manifest/manifest.ts'
import { watchWords } from '../core/fleet/delivery-plan.ts'
import type { ContainerOutcome, DeliveryReport, HostOutcome } from '../core/fleet/delivery-report.ts'
import { changedStates, deliveryExit } from '../core/fleet/delivery-report.ts'
import { counted } from '../core/names.ts'
import type { Result, Schema } from './command.ts'
import { noteLine } from './note-line.ts'
import { integer, listOf, number, object, orNull, problem, text, texts, truth, words } from './schemas.ts'
import { table } from './table.ts'
import { troubleLines, troublesOf, type Trouble } from './troubles.ts'

const container = object({
  container: text,
  action: { enum: ['create', 'recreate', 'refresh', 'keep'] },
  why: text,
  proof: orNull(object({ proof: { enum: proofs }, generation: number, state: { enum: proofStates }, note: words })),
})

/** What became of one host. */
export const deliveredHost: Schema = object({
  host: text,
  state: {
    enum: ['delivered', 'restarted', 'tidied', 'kept', 'planned', 'failed', 'held-back', 'refused', 'unreachable'],
  },
  from: number,
  to: number,
  reason: words,
  changes: listOf(object({ secret: text, kind: { enum: ['added', 'changed', 'removed'] }, from: number, to: number })),
  containers: listOf(container),
  problem,
})

/** What `setup` and `deploy` print under --json. */
export const deliverySchema: Schema = object({
  environment: text,
  plan: { ...text, description: 'id of the plan, for --expect' },
  revision: { ...integer, description: 'counts the deliveries of the whole fleet' },
  isCheck: { ...truth, description: 'true: nothing was written' },
  unrecorded: { ...texts, description: 'hosts whose copy of the ledger could not be written' },
  notes: texts,
  hosts: listOf(deliveredHost),
})

/** What to type when all went well, to carry a plan out, and `--hosts` of this run. */
export interface NextCommands {
  readonly done: (report: DeliveryReport) => string
  readonly planned: (plan: string) => string
  readonly only: string | undefined
}

/** What to type after `setup`: a host that got its first generation has no containers on it yet. */
export const afterSetup = (
  { hosts }: Pick<DeliveryReport, 'hosts'>,
  { watch }: { readonly watch: boolean },
): string => {
  if (hosts.some(({ state }) => state === 'delivered')) return 'lockstep deploy'
  return watch ? 'lockstep watch' : 'lockstep status'
}

/** The plan or its outcome, host by host, and what went wrong below. */
export const deliveryResult = (report: DeliveryReport, next: NextCommands): Result => {
  const rows = report.hosts.map((one) => [one.host, generations(one), changes(one), containers(one), stateWord(one)])
  const troubles = troublesOf(report.hosts)
  const mends = mending(report, troubles, next.only)
  const lines = [
    heading(report),
    table([['HOST', 'GEN', 'SECRETS', 'CONTAINERS', 'STATE'], ...rows]).trimEnd(),
    ...troubles.flatMap((one) => troubleLines(mends === null ? one : { ...one, hint: null })),
    ...report.notes.map(noteLine),
  ]
  const exit = deliveryExit(report)
  const working = report.hosts.some((one) => one.state === 'planned')
  const follow = report.isCheck ? (working ? next.planned(report.plan) : null) : next.done(report)
  return {
    text: lines.join('\n'),
    json: { ...report },
    ...(exit === null ? {} : { exit }),
    ...(exit === null && follow !== null ? { next: follow } : {}),
    ...(mends === null ? {} : { next: mends }),
  }
}

/** The command that mends all that is wrong, where one does. */
const mending = ({ hosts }: DeliveryReport, troubles: readonly Trouble[], only: string | undefined): string | null => {
  const [{ hint, hosts: troubled } = { hint: null, hosts: [] }, ...others] = troubles
  if (others.length > 0 || hint === null || !/^lockstep \w+ --hosts \S+$/.test(hint)) return null
  return troubled.length === hosts.length && only === undefined ? hint.replace(/ --hosts .*/, '') : hint
}

const heading = (report: DeliveryReport): string => {
  const head = report.plan === '' ? report.environment : `${report.environment}  plan ${report.plan}`
  if (report.isCheck) return `${head}  nothing written`
  const changed = report.hosts.filter((one) => changedStates.has(one.state)).length
  const count = counted(report.hosts.length, 'host')
  const revision = report.plan === '' || report.revision === 0 ? '' : `  revision ${report.revision}`
  return changed === 0 && deliveryExit(report) === null
    ? `${head}${revision}  all ${count} in step, nothing changed`
    : `${head}${revision}  ${changed} of ${count} changed`
}

/** To bring the watch leaves nothing to tidy. */
const stateWord = ({ state, reason }: HostOutcome): string =>
  state === 'tidied' && Object.values(watchWords).some((words) => words === reason) ? 'done' : state

const generations = ({ from, to }: HostOutcome): string => {
  if (to === null || to === from) return from === null ? '-' : String(from)
  return `${from ?? '-'}→${to}`
}

const changes = (one: HostOutcome): string => {
  const marks = { added: '+', changed: '~', removed: '-' }
  const shown = one.changes.slice(0, 3).map(({ kind, secret }) => `${marks[kind]}${secret}`)
  const more = one.changes.length > 3 ? [`and ${one.changes.length - 3} more`] : []
  return [...shown, ...more].join(' ') || (one.reason === null || one.state === 'kept' ? '-' : one.reason)
}

const containers = (one: HostOutcome): string => one.containers.map(containerWords).join(', ') || '-'

const containerWords = ({ container, action, proof }: ContainerOutcome): string => {
  if (proof === null) return action === 'keep' ? container : `${container} (${action})`
  return `${container} (${proof.proof}, ${proof.state})`
}
