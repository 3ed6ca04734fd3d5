import { findingTable } from '../../core/audit/findings.ts'
import { auditResult } from '../audit-result.ts'
import { define, type Command } from '../command.ts'
import { ansibleRest, hostsFlag } from '../fleet-flags.ts'

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
      import('../../app/project/project.ts'),
      import('../../app/fleet/fleet-audit.ts'),
    ])
    const project = await findProject(ports, { environment })
    await ports.fleet.prepare(report)
    const onHost = (host: string, state: string): void => report.host(host, state)
    return auditResult(await fleetAudit(ports, project, { hosts: flags.hosts ?? null, arguments: rest, onHost }))
  },
})
