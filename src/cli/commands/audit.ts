import { findingTable, severities } from '../../core/audit/findings.ts'
import { fail } from '../../core/errors.ts'
import { auditFormats, auditResult, failOns, type AuditManner } from '../audit-result.ts'
import { define, type Command } from '../command.ts'
import { ansibleRest, hostsFlag } from '../fleet-flags.ts'

const words = { type: ['string', 'null'] }

export const command: Command = define({
  name: 'audit',
  area: 'fleet',
  summary: 'check modes, owners and leftovers on the hosts',
  about: `
Looks at every path below the project's directory on each host: readable by everybody, writable by others, not root's,
wrong modes, links and files that do not belong, keys that remain, generations that somebody put back. Changes nothing
but what --fix asks for: owners and modes of paths that lockstep made, as it made them. Ends with UNSAFE when something
is of medium severity or worse, or as --fail-on says.`,
  rest: ansibleRest,
  flags: {
    ...hostsFlag,
    fix: { type: 'boolean', summary: 'mend owners and modes, and look again' },
    check: { type: 'boolean', summary: 'with --fix: say what would be mended and change nothing' },
    'fail-on': {
      type: 'string',
      value: 'SEVERITY',
      choices: failOns,
      summary: 'end with UNSAFE for this severity or worse (default medium)',
    },
    format: {
      type: 'string',
      choices: auditFormats,
      summary: 'what to print: a table, JSON, SARIF 2.1.0 or JUnit XML',
    },
  },
  examples: [
    { line: 'lockstep audit', says: 'every host' },
    { line: 'lockstep audit --fix --check', says: 'what would be mended' },
    { line: 'lockstep audit --hosts onode1 --json', says: 'one host, for a monitor' },
  ],
  output: {
    type: 'object',
    properties: {
      environment: { type: 'string' },
      hosts: { type: 'array', items: { type: 'string' }, description: 'hosts that were meant' },
      audited: { type: 'integer', description: 'hosts that answered' },
      missed: { type: 'integer', description: 'hosts that did not' },
      findings: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            id: { enum: Object.keys(findingTable) },
            severity: { enum: severities },
            host: words,
            path: words,
            message: { type: 'string' },
            fix: { type: 'string' },
            fixable: { type: 'boolean', description: 'audit --fix mends it' },
          },
          required: ['id', 'severity', 'host', 'path', 'message', 'fix', 'fixable'],
          additionalProperties: false,
        },
      },
      mended: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            host: { type: 'string' },
            path: { type: 'string' },
            change: { type: 'string' },
            state: { enum: ['planned', 'mended', 'left'] },
            reason: words,
          },
          required: ['host', 'path', 'change', 'state', 'reason'],
          additionalProperties: false,
        },
      },
    },
    required: ['environment', 'hosts', 'audited', 'missed', 'findings', 'mended'],
    additionalProperties: false,
  },
  run: async ({ flags, rest, ports, environment, report }) => {
    const [{ findProject }, { fleetAudit }, { afterAudit }] = await Promise.all([
      import('../../app/project/project.ts'),
      import('../../app/fleet/fleet-audit.ts'),
      import('../../app/alerts/after-look.ts'),
    ])
    const project = await findProject(ports, { environment })
    await ports.fleet.prepare(report)
    const onHost = (host: string, state: string): void => report.host(host, state)
    const { fix, check } = flags
    if (check && !fix) throw fail('USAGE', '--check is for --fix', { hint: 'lockstep audit alone changes nothing' })
    const options = { hosts: flags.hosts ?? null, arguments: rest, onHost, fix, check }
    const found = await fleetAudit(ports, project, options)
    if (!check) await afterAudit(ports, project, found, { isWhole: flags.hosts === undefined, line: report.always })
    return auditResult(found, mannerOf(flags))
  },
})

const mannerOf = (flags: {
  readonly 'fail-on': string | undefined
  readonly format: string | undefined
}): AuditManner => ({
  failOn: failOns.find((one) => one === flags['fail-on']) ?? 'medium',
  format: auditFormats.find((one) => one === flags.format) ?? 'table',
})
