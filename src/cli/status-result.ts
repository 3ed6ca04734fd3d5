import { formatDuration } from '../core/duration.ts'
import type { HostStatus, StatusReport } from '../core/fleet/status-report.ts'
import { counted } from '../core/names.ts'
import type { Result } from './command.ts'
import { hostText } from '../core/host-text.ts'
import { noteLine } from './note-line.ts'
import { table } from './table.ts'
import { troubleLines, troublesOf } from './troubles.ts'

/** The fleet, host by host, and what is not in step below. */
export const statusResult = (found: StatusReport): Result => {
  const lines = [
    heading(found),
    table([['HOST', 'RUNG', 'GEN', 'CONTAINER', 'RUNS', 'PROOF', 'STATE'], ...found.hosts.flatMap(rows)]).trimEnd(),
    ...troublesOf(found.hosts).flatMap(troubleLines),
    ...found.hosts.flatMap(behind),
    ...watches(found.hosts),
    ...found.overdue.map((one) => `overdue  ${one.name} ${ages(one)}: lockstep rotate ${one.name}`),
    `backup  ${found.backup.says}`,
    ...found.notes.map(noteLine),
  ]
  const next = nextOf(found)
  const { rotations: _, ...told } = found
  return {
    text: lines.join('\n'),
    json: told,
    ...(found.isInStep ? {} : { exit: 'PARTIAL' as const }),
    ...(next === null ? {} : { next }),
  }
}

const heading = ({ environment, hosts }: StatusReport): string => {
  const count = (state: HostStatus['state']): number => hosts.filter((one) => one.state === state).length
  const parts = (['in step', 'behind', 'not set up', 'problem', 'unreachable'] as const)
    .filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${state === 'problem' ? 'with a problem' : state}`)
  const stopped = hosts.filter(isUnwatched).length
  const watch = stopped === 0 ? '' : `; watch stopped on ${stopped}`
  return `${environment}  ${counted(hosts.length, 'host')}: ${parts.join(', ') || 'none'}${watch}`
}

const rows = (one: HostStatus): string[][] => {
  const generation = one.next === null ? String(one.generation ?? '-') : `${one.generation ?? '-'}<${one.next}`
  const head = [one.host, one.rung ?? '-', generation]
  if (one.containers.length === 0) return [[...head, '-', '-', '-', hostState(one)]]
  return one.containers.map((each, index) => [
    ...(index === 0 ? head : ['', '', generation]),
    each.container,
    String(each.runs ?? '-'),
    each.proof,
    [each.state, each.note].filter(Boolean).join(', '),
  ])
}

const hostState = (one: HostStatus): string =>
  one.state === 'behind' && one.reason !== null ? `behind: ${one.reason}` : one.state

const behind = ({ host, state, reason, containers }: HostStatus): string[] =>
  state === 'behind' && reason !== null && containers.length > 0 ? [`behind  ${host}: ${reason}`] : []

const isUnwatched = ({ watch }: HostStatus): boolean => watch?.state === 'stopped'

/** Only where there are some: one line for those that run alike, one for each that does not. */
const watches = (hosts: readonly HostStatus[]): readonly string[] => {
  const running = hosts.filter(({ watch }) => watch?.state === 'runs')
  return [
    ...(running.length === 0 ? [] : [`watch  ${running.map(watchWords).join(', ')}`]),
    ...hosts
      .filter(isUnwatched)
      .map(({ host }) => `watch  ${host}: does not run: lockstep setup --watch --hosts ${host}`),
  ]
}

const watchWords = ({ host, watch }: HostStatus): string =>
  `${host} since ${watch?.since ?? '?'} (${hostText(watch?.via ?? '?', 20)}, event ${watch?.seq ?? 0})`

const ages = ({ age, every }: { readonly age: number | null; readonly every: number | null }): string =>
  `${age === null ? '?' : formatDuration(age)}/${every === null ? '?' : formatDuration(every)}`

const nextOf = ({ hosts, rotations, isAtWork }: StatusReport): string | null => {
  if (isAtWork) return 'lockstep status --watch 10'
  // a delivery would be refused, or undone by what is on its way
  if ((rotations?.half ?? null) !== null) return 'lockstep rotate --resume'
  const fresh = hosts.filter((one) => one.state === 'not set up')
  if (fresh.length > 0)
    return fresh.length === hosts.length ? 'lockstep setup' : `lockstep setup --hosts ${names(fresh)}`
  const behind = hosts.filter((one) => one.state === 'behind')
  if (behind.length === 0) return unwatchedNext(hosts.filter(isUnwatched))
  return behind.length === hosts.length ? 'lockstep deploy' : `lockstep deploy --hosts ${names(behind)}`
}

const unwatchedNext = (stopped: readonly HostStatus[]): string | null =>
  stopped.length === 0 ? null : `lockstep setup --watch --hosts ${names(stopped)}`

const names = (hosts: readonly HostStatus[]): string => hosts.map((one) => one.host).join(',')
