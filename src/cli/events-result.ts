import type { PullReport } from '../app/log/pull-events.ts'
import { hostText } from '../core/host-text.ts'
import type { PulledEvent } from '../core/log/event-view.ts'
import { counted } from '../core/names.ts'
import { isoTime } from '../core/duration.ts'
import { actorNow, deed } from '../core/watch/event-words.ts'
import type { Result } from './command.ts'
import { noteLine } from './note-line.ts'
import { table } from './table.ts'
import { troubleLines, troublesOf } from './troubles.ts'
import { eventJson } from './watch-result.ts'

/** What `log pull` says. */
export const pullResult = ({ events, asked, problems, notes, environment }: PullReport): Result => {
  const troubles = troublesOf(problems.map((problem) => ({ host: problem.host, problem })))
  // what lockstep did itself is there to be asked for: each look adds to it
  const shown = events.filter(({ verdict }) => verdict !== 'ours')
  const hidden = events.length - Math.min(shown.length, 50)
  const lines = [
    ...(shown.length === 0 ? [] : [eventTable(shown.slice(-50)).trimEnd()]),
    ...notes.map(noteLine),
    ...troubles.flatMap(troubleLines),
    `${environment}  ${counted(events.length, 'new event')} from ${asked - problems.length} of ${counted(asked, 'host')}${hidden === 0 ? '' : `; ${hidden} not shown: lockstep log events --last ${events.length}`}`,
  ]
  return {
    text: lines.join('\n'),
    json: {
      environment,
      events: events.map(pulledJson),
      failed: problems.map(({ host, ...problem }) => ({ host, problem })),
      notes,
    },
    ...(problems.length === 0 ? {} : { exit: 'PARTIAL' as const }),
  }
}

/** What `log events` says. */
export const eventsResult = (events: readonly PulledEvent[]): Result => {
  if (events.length === 0) return { text: 'no event is like that', json: { events: [] }, next: 'lockstep log pull' }
  return { text: eventTable(events), json: { events: events.map(pulledJson) } }
}

const pulledJson = ({ watch, ...event }: PulledEvent): object => ({
  ...event,
  watch: watch === null ? null : eventJson(watch),
})

const eventTable = (events: readonly PulledEvent[]): string =>
  table([['N', 'HOST', 'SOURCE', 'EVENT', 'JUDGED', 'WHAT', 'CLOCK SAYS'], ...events.map(row)])

const row = ({ n, host, container, kind, verdict, watch, told }: PulledEvent): readonly string[] => {
  const source = [String(n), host, container ?? 'watch']
  if (watch === null) return [...source, kind, '-', toldWords(told), told?.time ?? told?.stamp ?? '']
  const what = `${watch.path === null ? '' : `${hostText(watch.path, 120)} by `}${actorNow(watch)}`
  return [...source, deed(watch), verdict ?? '-', what, isoTime(watch.at)]
}

const toldWords = (told: PulledEvent['told']): string => {
  if (told === null) return ''
  const missing = told.missing.length === 0 ? [] : [`without ${told.missing.join(' ')}`]
  const generation = told.generation === null ? [] : [`generation ${told.generation}`]
  return [...generation, ...missing, ...(told.error === null ? [] : [told.error])].join(', ')
}
