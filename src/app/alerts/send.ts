import type { Message } from '../../core/alerts/alert-texts.ts'
import { messageJson, slackJson, bodyOf, subjectOf, whatOf } from '../../core/alerts/alert-texts.ts'
import { emailText } from '../../core/alerts/email.ts'
import type { Sink, SinkTarget } from '../../core/alerts/sink.ts'
import { addressProblem } from '../../core/alerts/sink.ts'
import { fail, SecretsError } from '../../core/errors.ts'
import { quoteName } from '../../core/names.ts'
import type { HttpReply, Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import { signedHeaders } from '../../crypto/webhook-signature.ts'
import { toSyslog } from '../log/syslog.ts'

export interface SendOptions {
  /** Reads a secret of the project. */
  readonly secret: (name: string) => Promise<Secret>
  /** A line on standard error, whatever the manner. */
  readonly line: (text: string) => void
  /** The project's directory: where a command of the project runs. */
  readonly root: string
}

export type SendPorts = Pick<Ports, 'http' | 'exec' | 'files' | 'clock'>

/** Hands one message to one sink; what it answered, in a word.
 *  @throws when it was not taken: DENIED where that was the answer. No message ever holds an address that is a secret */
export const send = (ports: SendPorts, sink: Sink, message: Message, options: SendOptions): Promise<string> => {
  const { to } = sink
  switch (to.kind) {
    case 'webhook':
      return toWebhook(ports, to, message, options)
    case 'slack':
      return toSlack(ports, to.secret, message, options)
    case 'email':
      return toMail(ports, to, message)
    case 'command':
      return toCommand(ports, to.command, message, options)
    case 'journal':
      return toJournal(ports, message)
    case 'stderr':
      return toLine(message, options)
  }
}

type Of<Kind extends SinkTarget['kind']> = Extract<SinkTarget, { readonly kind: Kind }>

const timeout = 10_000

const toWebhook = async (
  ports: SendPorts,
  { url, sign }: Of<'webhook'>,
  message: Message,
  options: SendOptions,
): Promise<string> => {
  const body = messageJson(message)
  const key = sign === null ? null : await options.secret(sign)
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'lockstep',
    ...signedHeaders(key, ports.clock.now(), body),
  }
  const { status } = await ports.http.request(url, { method: 'POST', headers, body, timeout })
  return taken(status, `${URL.parse(url)?.host ?? 'it'}`)
}

const taken = (status: number, who: string): string => {
  if (status >= 200 && status < 300) return `answered ${status}`
  const why = status >= 300 && status < 400 ? ': where it points to is not followed' : ''
  throw fail('DENIED', `${who} answered ${status}${why}`)
}

const toSlack = async (
  { http }: SendPorts,
  name: string,
  message: Message,
  { secret }: SendOptions,
): Promise<string> => {
  const url = (await secret(name)).reveal().trim()
  const problem = addressProblem(url)
  if (problem !== null) throw fail('CONFIG', `what ${name} holds ${problem}`, { hint: `lockstep set ${name}` })
  const { status } = await postUnnamed(http, url, slackJson(message), name)
  return taken(status, `the address in ${name}`)
}

/** The error of a request names its host, which is part of the secret here. */
const postUnnamed = async (http: Ports['http'], url: string, body: string, name: string): Promise<HttpReply> => {
  const headers = { 'content-type': 'application/json', 'user-agent': 'lockstep' }
  try {
    return await http.request(url, { method: 'POST', headers, body, timeout })
  } catch (error) {
    if (!(error instanceof SecretsError)) throw error
    throw fail(error.code, `the address in ${name} could not be reached, or gave no answer in time`)
  }
}

const mailers: readonly string[] = ['/usr/sbin/sendmail', '/usr/lib/sendmail', 'sendmail']

const toMail = async ({ exec, clock }: SendPorts, { to, from }: Of<'email'>, message: Message): Promise<string> => {
  const input = emailText(message, { to, from, now: clock.now() })
  const program = await firstOf(exec, mailers)
  if (program === null) {
    throw fail('NOT_FOUND', 'this machine has no sendmail', {
      hint: 'install a mailer, for example msmtp-mta or exim4',
    })
  }
  const { status } = await exec.run(program, ['-t', '-i'], { input, timeout: 30_000, max: 64 * 1024 })
  if (status !== 0) throw fail('DENIED', `sendmail ended with ${status}`)
  return 'handed to sendmail'
}

const firstOf = async (exec: Ports['exec'], names: readonly string[]): Promise<string | null> => {
  for (const name of names) if ((await exec.find(name)) !== null) return name
  return null
}

const toCommand = async (
  { exec }: SendPorts,
  [program = '', ...args]: readonly string[],
  message: Message,
  { root }: SendOptions,
): Promise<string> => {
  const input = `${messageJson(message)}\n`
  const { status } = await exec.run(program, args, { input, cwd: root, timeout: 30_000, max: 1024 * 1024 })
  if (status !== 0) throw fail('DENIED', `${quoteName(program)} ended with ${status}`)
  return 'ended with 0'
}

const toJournal = async (ports: SendPorts, message: Message): Promise<string> => {
  const program = await toSyslog(ports, journalLines(message), 'daemon.warning')
  if (program !== null) return `handed to ${program}`
  throw fail('UNAVAILABLE', 'neither logger nor systemd-cat took it', {
    hint: 'see whether a syslog or journald runs: ls -lL /dev/log',
  })
}

const toLine = async (message: Message, { line }: SendOptions): Promise<string> => {
  for (const text of journalLines(message)) line(`alert: ${text}`)
  return 'printed'
}

const journalLines = (message: Message): readonly string[] =>
  message.isTest
    ? [`${subjectOf(message)}: ${bodyOf(message)}`]
    : message.alerts.map((alert) => `${subjectOf({ ...message, alerts: [alert] })}: ${whatOf(alert)}`)
