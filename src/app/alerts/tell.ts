import type { Alert, AlertState } from '../../core/alerts/alert-state.ts'
import { nextAlerts, noAlerts, refused, taken } from '../../core/alerts/alert-state.ts'
import { withoutLargestHost } from '../../core/alerts/alert-room.ts'
import { messagesOf, partsOf } from '../../core/alerts/alert-texts.ts'
import { acceptedConcerns, concernsOf } from '../../core/alerts/concerns.ts'
import { isHeldBack } from '../../core/alerts/quiet.ts'
import type { Sink } from '../../core/alerts/sink.ts'
import { sinkKey, sinkName } from '../../core/alerts/sink.ts'
import { hasCode, kindOfError, SecretsError } from '../../core/errors.ts'
import { hostText } from '../../core/host-text.ts'
import type { Known } from '../../core/known/known.ts'
import type { Ports } from '../../core/ports.ts'
import { randomId } from '../../crypto/derive.ts'
import type { Project } from '../project/project.ts'
import { alertsLock, readAlerts, writeAlerts } from './alert-store.ts'
import { projectSecrets } from './project-secrets.ts'
import type { SendOptions } from './send.ts'
import { send } from './send.ts'

/** A line on standard error, whatever the manner. */
export type Line = (text: string) => void

/** Tells every sink what it has not been told of what is known. What is to be told is written down before it is sent, and
 *  struck out when it was taken: killed in between it is sent twice, never not at all. A sink that refuses is named on
 *  standard error and asked again the next time; one that refused one message is handed the others. */
export const tell = async (ports: Ports, project: Project, known: Known, line: Line): Promise<AlertState> => {
  const { alerts: sinks } = project.manifest
  return ports.files.locked(
    alertsLock(ports, project),
    async () => {
      const now = ports.clock.now()
      const before = (await readAlerts(ports, project)) ?? noAlerts(randomId(ports.random).slice(0, 16))
      const accepted = acceptedConcerns(known, now)
      let state = nextAlerts(before, { concerns: concernsOf(known, now), accepted, sinks, now })
      if (JSON.stringify(state) !== JSON.stringify(before)) state = await written(ports, project, state, line)
      const options: SendOptions = { secret: projectSecrets(ports, project), line, root: project.root }
      for (const sink of sinks) state = await tellOne(ports, project, { sink, state, options })
      return state
    },
    { wait: 60_000 },
  )
}

interface Telling {
  readonly sink: Sink
  readonly state: AlertState
  readonly options: SendOptions
}

const tellOne = async (ports: Ports, project: Project, { sink, state, options }: Telling): Promise<AlertState> => {
  const key = sinkKey(sink)
  const place = { project: project.manifest.project, environment: project.environment }
  const waiting = [...messagesOf(place, dueNow(sink, state, ports.clock.now()))]
  let current = state
  let why: string | null = null
  let refusals = 0
  for (let message = waiting.shift(); message !== undefined && refusals < mostRefusals; message = waiting.shift()) {
    try {
      await send(ports, sink, message, options)
      current = taken(current, key, message.alerts, ports.clock.now())
      await writeAlerts(ports, project, current)
    } catch (error) {
      why ??= whyOf(error)
      refusals = hasCode(error, 'DENIED') ? refusals + 1 : mostRefusals
      waiting.unshift(...partsOf(message))
    }
  }
  if (why === null) return current
  options.line(`${sinkName(sink)} did not take an alert: ${why}; it is sent again next time`)
  current = refused(current, key, why, ports.clock.now(), state.sinks[key]?.failed)
  await writeAlerts(ports, project, current)
  return current
}

/** Of one sink in a row of messages. One that does not answer at all is asked once. */
const mostRefusals = 20

/** Where all does not fit the record, the host that tells most waits for a later look, and the others are told. */
const written = async (ports: Ports, project: Project, state: AlertState, line: Line): Promise<AlertState> => {
  try {
    await writeAlerts(ports, project, state)
    return state
  } catch (error) {
    const less = hasCode(error, 'UNAVAILABLE') ? withoutLargestHost(state) : null
    if (less === null) throw error
    line(`what ${hostText(less.host)} tells is too much for the record of alerts: nobody is told of it this time`)
    return written(ports, project, less.state, line)
  }
}

const dueNow = (sink: Sink, { sinks }: AlertState, now: number): readonly Alert[] => {
  const local = new Intl.DateTimeFormat().resolvedOptions().timeZone
  const waiting = sinks[sinkKey(sink)]?.waiting ?? []
  return waiting.filter(({ concern }) => !isHeldBack(sink.quiet, concern.severity, { now, local }))
}

/** Why a sink did not take something: in our words. */
export const whyOf = (error: unknown): string =>
  error instanceof SecretsError ? error.message : `${kindOfError(error)}: this should not happen`

/** What went wrong, and what to do about it, in one line. */
export const inOneLine = ({ message, hint }: SecretsError): string =>
  hint === undefined ? message : `${message}; ${hint}`

/** Another lockstep is telling, or the record cannot be kept: no reason to fail what was looked at. */
export const isNoRecord = (error: unknown): error is SecretsError =>
  hasCode(error, 'CONFLICT', 'UNSAFE', 'UNAVAILABLE', 'DENIED', 'TAMPERED', 'NOT_FOUND')
