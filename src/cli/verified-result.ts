import type { VerifiedHere } from '../app/backup/verify-here.ts'
import type { Result, Schema } from './command.ts'
import { table } from './table.ts'

const words = { type: ['string', 'null'] } as const

export const verifyOutput: Schema = {
  type: 'object',
  properties: {
    archives: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          made: words,
          state: { enum: ['verified', 'recovery only', 'wrong', 'missing'] },
        },
        required: ['name', 'made', 'state'],
        additionalProperties: false,
      },
    },
    problems: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          host: { ...words, description: 'null: here' },
          kind: { enum: ['changed', 'missing', 'extra', 'renamed', 'swapped', 'rolled back', 'unreadable'] },
          name: { type: 'string' },
          message: { type: 'string' },
        },
        required: ['host', 'kind', 'name', 'message'],
        additionalProperties: false,
      },
    },
    hosts: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          host: { type: 'string' },
          compared: { type: 'integer', description: 'copies that were fetched and are the same, byte for byte' },
          elsewhere: { type: 'integer', description: 'archives of this project that another clone made' },
          problem: words,
        },
        required: ['host', 'compared', 'elsewhere', 'problem'],
        additionalProperties: false,
      },
    },
  },
  required: ['archives', 'problems', 'hosts'],
  additionalProperties: false,
}

/** What was found on one host. */
export interface VerifiedHost {
  readonly host: string
  readonly compared: number
  readonly elsewhere: number
  /** Why it could not be asked; null: it was. */
  readonly problem: string | null
  readonly problems: VerifiedHere['problems']
}

export const verifiedResult = (here: VerifiedHere, hosts: readonly VerifiedHost[]): Result => {
  const problems = [
    ...here.problems.map((one) => ({ host: null, ...one })),
    ...hosts.flatMap(({ host, problems: own }) => own.map((one) => ({ host, ...one }))),
  ]
  const rows = here.archives.map(({ name, state }) => [state, name])
  const lines = [
    table(rows).trimEnd(),
    ...hosts.map((one) => hostLine(one)),
    ...problems.map(
      ({ host, kind, name, message }) => `${kind}  ${host === null ? '' : `${host}: `}${name} ${message}`,
    ),
  ].filter((line) => line !== '')
  const json = { archives: here.archives, problems, hosts: hosts.map(withoutProblems) }
  const text = lines.length === 0 ? 'no backups' : lines.join('\n')
  if (problems.length > 0) return { text, json, exit: 'TAMPERED', next: 'lockstep backup' }
  if (hosts.some(({ problem }) => problem !== null)) return { text, json, exit: 'PARTIAL' }
  return here.archives.length === 0 ? { text, json, next: 'lockstep backup' } : { text, json }
}

const withoutProblems = ({ host, compared, elsewhere, problem }: VerifiedHost): Omit<VerifiedHost, 'problems'> => ({
  host,
  compared,
  elsewhere,
  problem,
})

const hostLine = ({ host, compared, elsewhere, problem }: VerifiedHost): string => {
  if (problem !== null) return `${host}  ${problem}`
  const others = elsewhere === 0 ? '' : `, ${elsewhere} of another clone`
  return `${host}  ${compared} ${compared === 1 ? 'copy' : 'copies'} the same byte for byte${others}`
}
