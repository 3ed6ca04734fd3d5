import type { HostStatus, StatusReport } from '../../core/status-report.ts'
import { formatDuration } from '../../core/duration.ts'
import { define, type Command, type Result } from '../command.ts'
import { ansibleRest, hostsFlag } from '../fleet-flags.ts'
import { table } from '../table.ts'

const number = { type: ['integer', 'null'] }
const words = { type: ['string', 'null'] }

export const command: Command = define({
  name: 'status',
  area: 'fleet',
  summary: 'show what the hosts and their containers really run',
  about: `
Asks every host and every container's status page, and compares with the project. RUNS is the generation a container
was proved to run, PROOF how: reported by itself, mounted by its engine, or none. Changes nothing.`,
  rest: ansibleRest,
  flags: { ...hostsFlag },
  examples: [
    { line: 'lockstep status', says: 'the whole fleet' },
    { line: 'lockstep status --hosts onode1 --json', says: 'one host, for a program' },
  ],
  output: {
    type: 'object',
    properties: {
      environment: { type: 'string' },
      revision: { type: 'integer' },
      hosts: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            host: { type: 'string' },
            rung: words,
            state: { enum: ['in step', 'behind', 'not set up', 'problem', 'unreachable'] },
            generation: number,
            next: { ...number, description: 'the generation a delivery would bring' },
            reason: words,
            containers: {
              type: 'array',
              items: {
                type: 'object',
                properties: {
                  container: { type: 'string' },
                  runs: number,
                  proof: { enum: ['reported', 'mounted', 'none'] },
                  state: { enum: ['ready', 'waiting', 'degraded', 'starting', 'stopped', 'missing'] },
                  note: words,
                },
                required: ['container', 'runs', 'proof', 'state', 'note'],
                additionalProperties: false,
              },
            },
            problem: {
              type: ['object', 'null'],
              properties: { code: { type: 'string' }, message: { type: 'string' }, hint: words },
              required: ['code', 'message', 'hint'],
              additionalProperties: false,
            },
          },
          required: ['host', 'rung', 'state', 'generation', 'next', 'reason', 'containers', 'problem'],
          additionalProperties: false,
        },
      },
      overdue: {
        type: 'array',
        items: {
          type: 'object',
          properties: { name: { type: 'string' }, age: number, every: number },
          required: ['name', 'age', 'every'],
          additionalProperties: false,
        },
      },
      notes: { type: 'array', items: { type: 'string' } },
    },
    required: ['environment', 'revision', 'hosts', 'overdue', 'notes'],
    additionalProperties: false,
  },
  run: async ({ flags, rest, ports, environment, report }) => {
    const [{ findProject }, { fleetStatus }] = await Promise.all([
      import('../../app/project.ts'),
      import('../../app/fleet-status.ts'),
    ])
    const project = await findProject(ports, { environment })
    await ports.fleet.prepare(report)
    const onHost = (host: string, state: string): void => report.host(host, state)
    return statusResult(await fleetStatus(ports, project, { hosts: flags.hosts ?? null, arguments: rest, onHost }))
  },
})

const statusResult = (found: StatusReport): Result => {
  const lines = [
    heading(found),
    table([['HOST', 'RUNG', 'GEN', 'CONTAINER', 'RUNS', 'PROOF', 'STATE'], ...found.hosts.flatMap(rows)]).trimEnd(),
    ...found.hosts.flatMap(trouble),
    ...found.overdue.map((one) => `overdue  ${one.name} ${ages(one)}: lockstep set ${one.name}`),
    ...found.notes.map((note) => `note  ${note}`),
  ]
  const lost = found.hosts.some((one) => one.state === 'unreachable' || one.state === 'problem')
  const next = nextOf(found)
  return {
    text: lines.join('\n'),
    json: { ...found },
    ...(lost ? { exit: 'PARTIAL' as const } : {}),
    ...(next === null ? {} : { next }),
  }
}

const heading = ({ environment, hosts }: StatusReport): string => {
  const count = (state: HostStatus['state']): number => hosts.filter((one) => one.state === state).length
  const parts = (['in step', 'behind', 'not set up', 'problem', 'unreachable'] as const)
    .filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${state === 'problem' ? 'with a problem' : state}`)
  return `${environment}  ${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'}: ${parts.join(', ') || 'none'}`
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

const trouble = ({ host, problem, state, reason, containers }: HostStatus): string[] => {
  if (problem !== null) {
    return [`${host}: ${problem.message}`, ...(problem.hint === null ? [] : [`  hint: ${problem.hint}`])]
  }
  return state === 'behind' && reason !== null && containers.length > 0 ? [`behind  ${host}: ${reason}`] : []
}

const ages = ({ age, every }: { readonly age: number | null; readonly every: number | null }): string =>
  `${age === null ? '?' : formatDuration(age)}/${every === null ? '?' : formatDuration(every)}`

const nextOf = ({ hosts }: StatusReport): string | null => {
  const fresh = hosts.filter((one) => one.state === 'not set up')
  if (fresh.length > 0)
    return fresh.length === hosts.length ? 'lockstep setup' : `lockstep setup --hosts ${names(fresh)}`
  const behind = hosts.filter((one) => one.state === 'behind')
  if (behind.length === 0) return null
  return behind.length === hosts.length ? 'lockstep deploy' : `lockstep deploy --hosts ${names(behind)}`
}

const names = (hosts: readonly HostStatus[]): string => hosts.map((one) => one.host).join(',')
