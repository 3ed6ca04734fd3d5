import { parseQuiet, quietPattern } from '../alerts/quiet.ts'
import type { Sink, SinkTarget } from '../alerts/sink.ts'
import { severities } from '../audit/findings.ts'
import { addressProblem, sinkKey } from '../alerts/sink.ts'
import type { Schema } from './schema.ts'
import type { Fields } from './yaml-fields.ts'
import type { Problem } from './yaml-source.ts'

const address: Schema = {
  type: 'string',
  title: 'an address such as ops@example.com',
  pattern: '^[A-Za-z0-9][A-Za-z0-9.!#$%&*+/=?^_{|}~-]*@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$',
  maxLength: 254,
}

/** `alerts:` of lockstep.yaml. */
export const alertsSchema: Schema = {
  type: 'array',
  title: 'a list of places that are told',
  description: 'Who is told when something is not as it should be, and when it is over.',
  items: {
    type: 'object',
    title: 'a place that is told',
    properties: {
      webhook: {
        type: 'string',
        title: 'an https address',
        description: 'Takes JSON by POST. Plain http only to this machine itself.',
        pattern: '^https?://[^\\s]+$',
      },
      sign: { $ref: '#/$defs/secret', description: 'The secret that signs what goes to the webhook.' },
      slack: {
        $ref: '#/$defs/secret',
        description: 'The secret that holds the address of a Slack-compatible webhook.',
      },
      email: {
        type: 'array',
        title: 'a list of addresses',
        description: 'By the sendmail of this machine.',
        items: address,
        minItems: 1,
        uniqueItems: true,
      },
      from: { ...address, description: 'Default: what the sendmail of this machine says.' },
      command: {
        type: 'array',
        title: 'a list of words',
        description: 'A program that takes JSON on standard input, for 30 s at most. It runs as whoever runs lockstep.',
        items: { type: 'string', title: 'text' },
        minItems: 1,
      },
      stderr: { type: 'boolean', title: 'true', description: 'A line on standard error of the command that noticed.' },
      journal: { type: 'boolean', title: 'true', description: 'The journal or syslog of this machine.' },
      severity: {
        type: 'string',
        title: 'a severity',
        description: 'What is milder is not told here.',
        enum: severities,
        default: 'medium',
      },
      quiet: {
        type: 'string',
        title: 'hours such as 22:00-07:00, or 22:00-07:00 Europe/Berlin',
        description: 'What happens meanwhile is told afterwards; what is high is told at once.',
        pattern: quietPattern,
      },
      quiet_high: {
        type: 'boolean',
        title: 'true or false',
        description: 'What is high waits too.',
        default: false,
      },
    },
    additionalProperties: false,
    oneOf: ['webhook', 'slack', 'email', 'command', 'stderr', 'journal'].map((key) => ({ required: [key] })),
  },
}

export const readSink = (fields: Fields): Sink => {
  const hours = fields.text('quiet')
  return {
    to: readTarget(fields),
    severity: severities.find((one) => one === fields.text('severity')) ?? 'medium',
    quiet: hours === undefined ? null : (parseQuiet(hours, fields.flag('quiet_high') ?? false) ?? noTime),
    at: fields.at(),
  }
}

/** Of hours that are refused below. */
const noTime = { from: 0, to: 0, zone: null, high: false }

const readTarget = (fields: Fields): SinkTarget => {
  const [url, secret] = [fields.text('webhook'), fields.text('slack')]
  const [to, command] = [fields.texts('email'), fields.texts('command')]
  if (url !== undefined) return { kind: 'webhook', url, sign: fields.text('sign') ?? null }
  if (secret !== undefined) return { kind: 'slack', secret }
  if (to !== undefined) return { kind: 'email', to, from: fields.text('from') ?? null }
  if (command !== undefined) return { kind: 'command', command }
  return { kind: fields.has('journal') ? 'journal' : 'stderr' }
}

/** What the schema cannot say of them. */
export const alertProblems = (fields: Fields): readonly Problem[] => {
  const entries = fields.maps('alerts') ?? []
  const keys = entries.map((one) => sinkKey(readSink(one)))
  return entries.flatMap((one, index) => [
    ...misfits(one),
    ...addressProblems(one),
    ...quietProblems(one),
    ...(keys.indexOf(keys[index] ?? '') < index ? [{ at: one.at(), message: 'this place is told already' }] : []),
  ])
}

const goesWith: readonly (readonly [string, string])[] = [
  ['sign', 'webhook'],
  ['from', 'email'],
  ['quiet_high', 'quiet'],
]

const misfits = (fields: Fields): readonly Problem[] => [
  ...goesWith
    .filter(([key, other]) => fields.has(key) && !fields.has(other))
    .map(([key, other]) => ({ at: fields.at(key), message: `\`${key}\` goes with \`${other}\`` })),
  ...['stderr', 'journal']
    .filter((key) => fields.has(key) && fields.flag(key) === false)
    .map((key) => ({ at: fields.at(key), message: `\`${key}\` is true, or left out` })),
]

const addressProblems = (fields: Fields): readonly Problem[] => {
  const url = fields.text('webhook')
  const problem = url === undefined ? null : addressProblem(url)
  return problem === null ? [] : [{ at: fields.at('webhook'), message: `\`webhook\` ${problem}` }]
}

const quietProblems = (fields: Fields): readonly Problem[] => {
  const hours = fields.text('quiet')
  if (hours === undefined || parseQuiet(hours) !== null) return []
  const message = '`quiet` needs two different times, and a time zone that exists where it names one'
  return [{ at: fields.at('quiet'), message }]
}
