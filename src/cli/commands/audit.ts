import { findingTable } from '../../core/findings.ts'
import type { AuditReport } from '../../app/fleet-audit.ts'
import { define, type Command, type Result } from '../command.ts'
import { ansibleRest, hostsFlag } from '../fleet-flags.ts'
import { table } from '../table.ts'

const words = { type: ['string', 'null'] }

export const command: Command = define({
  name: 'audit',
  area: 'fleet',
  summary: 'check modes, owners and leftovers on the hosts',
  about: `
Looks at every path below the project's directory on each host: readable by everybody, writable by others, not root's,
wrong modes, links and files that do not belong, keys that remain, generations that somebody put back. Changes nothing.
Ends with UNSAFE when something is of medium severity or worse.`,
  rest: ansibleRest,
  flags: { ...hostsFlag },
  examples: [
    { line: 'lockstep audit', says: 'every host' },
    { line: 'lockstep audit --hosts onode1 --json', says: 'one host, for a monitor' },
  ],
  output: {
    type: 'object',
    properties: {
      environment: { type: 'string' },
      audited: { type: 'integer', description: 'hosts that answered' },
      missed: { type: 'integer', description: 'hosts that did not' },
      findings: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            id: { enum: Object.keys(findingTable) },
            severity: { enum: ['high', 'medium', 'low', 'info'] },
            host: words,
            path: words,
            message: { type: 'string' },
            fix: { type: 'string' },
          },
          required: ['id', 'severity', 'host', 'path', 'message', 'fix'],
          additionalProperties: false,
        },
      },
    },
    required: ['environment', 'audited', 'missed', 'findings'],
    additionalProperties: false,
  },
  run: async ({ flags, rest, ports, environment, report }) => {
    const [{ findProject }, { fleetAudit }] = await Promise.all([
      import('../../app/project.ts'),
      import('../../app/fleet-audit.ts'),
    ])
    const project = await findProject(ports, { environment })
    await ports.fleet.prepare(report)
    const onHost = (host: string, state: string): void => report.host(host, state)
    return auditResult(await fleetAudit(ports, project, { hosts: flags.hosts ?? null, arguments: rest, onHost }))
  },
})

const auditResult = (found: AuditReport): Result => {
  const { findings } = found
  const hosts = `${found.audited} ${found.audited === 1 ? 'host' : 'hosts'} audited`
  const rows = findings.map((one) => [one.severity, one.id, one.host ?? '-', one.path ?? '-', one.message])
  const first = findings.find((one) => one.severity === 'high' || one.severity === 'medium')
  const lines = [
    `${found.environment}  ${hosts}${found.missed > 0 ? `, ${found.missed} missed` : ''}, ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`,
    ...(rows.length === 0 ? [] : [table([['SEVERITY', 'FINDING', 'HOST', 'PATH', 'WHAT'], ...rows]).trimEnd()]),
  ]
  const exit = first !== undefined && first.id !== 'UNREACHABLE' ? 'UNSAFE' : found.missed > 0 ? 'PARTIAL' : null
  return {
    text: lines.join('\n'),
    json: { ...found },
    ...(exit === null ? {} : { exit }),
    ...(first === undefined ? {} : { next: first.fix }),
  }
}
