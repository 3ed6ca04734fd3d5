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

/** As messages: one for each alert, or one for all of them when there are too many to be read. */
export const messagesOf = (
  { project, environment }: Pick<Message, 'project' | 'environment'>,
  alerts: readonly Alert[],
): readonly Message[] => {
  const groups = alerts.length > mostMessages ? [alerts] : alerts.map((one) => [one])
  return groups.map((each) => ({ project, environment, isTest: false, alerts: each }))
}

/** For programs: the body of a webhook, standard input of a command. Text from hosts is one line each, escaped. */
export const messageJson = ({ project, environment, isTest, alerts }: Message): string =>
  JSON.stringify({
    format: 1,
    project,
    environment,
    test: isTest,
    alerts: alerts.map(({ id, event, concern, at, times }) => ({
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
    })),
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
  return [event === 'gone' ? 'gone:' : severity, id, ...where].join(' ')
}

/** A few lines for people. */
export const bodyOf = (message: Message): string =>
  message.isTest
    ? 'this is a test of lockstep’s alerts: nothing happened'
    : message.alerts.slice(0, mostListed).map(alertLines).join('\n\n') + leftOut(message.alerts.length)

const mostListed = 100

const leftOut = (count: number): string =>
  count > mostListed ? `\n\nand ${count - mostListed} more: lockstep alerts list` : ''

const alertLines = (alert: Alert): string => {
  const { concern, event, at, times } = alert
  const lasted = formatDuration(Math.max(0, at - concern.since))
  const often = times > 1 ? `, ${times} times since it was last told` : ''
  return event === 'gone'
    ? `${alertWords(alert)}\n  gone after ${lasted}${often}: ${hostText(concern.message)}`
    : `${alertWords(alert)}\n  ${hostText(concern.message)}${often}\n  ${hostText(concern.fix, 1000)}`
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
