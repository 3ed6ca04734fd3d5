import { formatDuration, isoTime } from '../duration.ts'
import { hostText } from '../host-text.ts'
import type { Alert } from './alert-state.ts'

/** What is sent at once to one sink: nearly always one alert. */
export interface Message {
  readonly project: string
  readonly environment: string
  /** A trial: nothing happened. */
  readonly isTest: boolean
  readonly alerts: readonly Alert[]
}

/** How many alerts go as messages of their own; more than these are one message. */
const mostMessages = 10

/** What one message holds at most, the second in bytes of JSON: what is larger, receivers refuse. */
const mostAlerts = 50
const largestMessage = 128 * 1024

/** As messages: one for each alert, or as few as hold them all when there are too many to be read. */
export const messagesOf = (
  { project, environment }: Pick<Message, 'project' | 'environment'>,
  alerts: readonly Alert[],
): readonly Message[] => {
  const groups = alerts.length > mostMessages ? grouped(alerts) : alerts.map((one) => [one])
  return groups.map((each) => ({ project, environment, isTest: false, alerts: each }))
}

const grouped = (alerts: readonly Alert[]): readonly (readonly Alert[])[] => {
  const groups: Alert[][] = []
  let room = 0
  for (const one of alerts) {
    const size = new TextEncoder().encode(JSON.stringify(alertForPrograms(one))).length
    const last = groups.at(-1)
    if (last === undefined || last.length >= mostAlerts || size > room) {
      groups.push([one])
      room = largestMessage - size
    } else {
      last.push(one)
      room -= size
    }
  }
  return groups
}

/** One for each host that a message is about: what one host says may be why it was refused. Empty: it is about one. */
export const partsOf = (message: Message): readonly Message[] => {
  const parts = [...Map.groupBy(message.alerts, ({ concern }) => concern.host).values()]
  return parts.length < 2 ? [] : parts.map((alerts) => ({ ...message, alerts }))
}

/** For programs: the body of a webhook, standard input of a command. Text from hosts is one line each, escaped. */
export const messageJson = ({ project, environment, isTest, alerts }: Message): string =>
  JSON.stringify({
    format: 1,
    project,
    environment,
    test: isTest,
    alerts: alerts.map(alertForPrograms),
  })

const alertForPrograms = ({ id, event, concern, at, times }: Alert): object => ({
  id,
  event,
  severity: concern.severity,
  finding: concern.id,
  host: concern.host === null ? null : hostText(concern.host),
  path: concern.path === null ? null : hostText(concern.path, 1000),
  message: hostText(concern.message),
  fix: hostText(concern.fix, 1000),
  since: isoTime(concern.since),
  at: isoTime(at),
  times,
})

/** One line: `shop production: high WORLD-READABLE host1 /opt/shop/x`. */
export const subjectOf = ({ project, environment, isTest, alerts }: Message): string => {
  const [first, ...more] = alerts
  const words = isTest ? 'a test of the alerts' : first === undefined ? 'nothing' : alertWords(first)
  return `${project} ${environment}: ${words}${more.length === 0 ? '' : ` and ${more.length} more`}`
}

const alertWords = ({ event, concern }: Alert): string => {
  const { severity, id, host, path } = concern
  const where = [host, path].flatMap((each) => (each === null ? [] : [hostText(each, 200)]))
  return [event === 'open' ? severity : `${event}:`, id, ...where].join(' ')
}

/** A few lines for people. */
export const bodyOf = (message: Message): string =>
  message.isTest ? 'this is a test of lockstep’s alerts: nothing happened' : message.alerts.map(alertLines).join('\n\n')

const alertLines = (alert: Alert): string => {
  const lines = `${alertWords(alert)}\n  ${whatOf(alert)}`
  return alert.event === 'open' ? `${lines}\n  ${hostText(alert.concern.fix, 1000)}` : lines
}

/** What is the matter, or is over, in one line. */
export const whatOf = ({ concern, event, at, times }: Alert): string => {
  const what = hostText(concern.message)
  if (event === 'accepted') return what
  const often = times > 1 ? `, ${times} times since it was last told` : ''
  return event === 'gone'
    ? `gone after ${formatDuration(Math.max(0, at - concern.since))}${often}: ${what}`
    : what + often
}

/** What a Slack-compatible webhook takes. Nothing from a host can mention people, link or format. */
export const slackJson = (message: Message): string =>
  JSON.stringify({ text: plainSlack(`${subjectOf(message)}\n${bodyOf(message)}`), mrkdwn: false, link_names: 0 })

const plainSlack = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    // @channel and @everyone are read in plain text by some that take Slack's format
    .replaceAll('@', '@\u200b')

/** What is sent to try a sink. */
export const testMessage = (
  { project, environment }: Pick<Message, 'project' | 'environment'>,
  { id, now }: { readonly id: string; readonly now: number },
): Message => {
  const concern = {
    key: 'test',
    id: 'TEST',
    severity: 'info' as const,
    host: null,
    path: null,
    message: 'a test of the alerts: nothing happened',
    fix: 'nothing to do',
    since: now,
  }
  return { project, environment, isTest: true, alerts: [{ id, event: 'open', concern, at: now, times: 1 }] }
}
