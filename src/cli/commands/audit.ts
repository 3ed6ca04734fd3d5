import { findingIds } from '../../core/audit/findings.ts'
import type { Accepting } from '../../app/fleet/accept-findings.ts'
import { fail } from '../../core/errors.ts'
import { changesResult } from '../audit-changes.ts'
import { auditFormats, auditResult, failOns, type AuditManner } from '../audit-result.ts'
import { auditOutput } from '../audit-output.ts'
import { define, type Command } from '../command.ts'
import { ansibleRest, hostsFlag } from '../fleet-flags.ts'

const idsIn = 'an id, as lockstep audit prints it; docs/findings.md has them all'

export const command: Command = define({
  name: 'audit',
  area: 'fleet',
  summary: 'say what is wrong on the hosts and on this side',
  about: `
Looks at every path below the project's directory on each host: readable by everybody, writable by others, not root's,
wrong modes, links and files that do not belong, keys that remain, generations that somebody put back; and for values of
yours that lie open around it: in programs, containers, units, cron, settings, histories, logs, backups. Without --hosts at
this side too: the work tree, all that git keeps, who left, what others can change. Changes nothing but what --fix asks
for: owners and modes of paths that lockstep made, as it made them. Ends with UNSAFE when something is of medium severity
or worse, or as --fail-on says. docs/findings.md says of each finding why, and how to mend it.`,
  rest: ansibleRest,
  flags: {
    ...hostsFlag,
    fix: { type: 'boolean', summary: 'mend owners and modes, and look again' },
    check: { type: 'boolean', for: ['--fix'], summary: 'say what would be mended and change nothing' },
    'fail-on': {
      type: 'string',
      value: 'SEVERITY',
      choices: failOns,
      summary: 'end with UNSAFE for this severity or worse (default medium)',
    },
    watch: {
      type: 'boolean',
      not: ['check'],
      summary: 'report only what is new or gone since the last audit from here',
    },
    accept: {
      type: 'list',
      value: 'FINDING',
      choices: findingIds,
      choicesIn: idsIn,
      summary:
        'accept what is found of this (an id, as printed): it is told apart and fails nothing; with --until, --reason',
    },
    withdraw: {
      type: 'list',
      value: 'FINDING',
      choices: [...findingIds, 'all'],
      choicesIn: idsIn,
      summary: 'accept it no longer; all: nothing of what was accepted',
    },
    path: { type: 'string', for: ['--accept', '--withdraw'], value: 'PATH', summary: 'only at this path' },
    until: { type: 'string', for: ['--accept'], value: 'DAY', summary: 'how long, as in 2027-03-01' },
    format: {
      type: 'string',
      choices: auditFormats,
      summary: 'what to print: a table, JSON, SARIF 2.1.0 or JUnit XML',
    },
  },
  examples: [
    { line: 'lockstep audit', says: 'every host, and this side' },
    { line: 'lockstep audit --watch', says: 'what changed since the last time' },
    { line: 'lockstep audit --fix --check', says: 'what would be mended' },
    {
      line: 'lockstep audit --accept CONTROL-HOST --until 2027-03-01 --reason moving',
      says: 'known, and not to fail until then',
    },
    { line: 'lockstep audit --hosts onode1 --json', says: 'one host, for a monitor' },
  ],
  output: auditOutput,
  run: async ({ flags, rest, ports, environment, report }) => {
    const [{ findProject }, { fleetAudit }, { checkAccepting }, { afterAudit }] = await Promise.all([
      import('../../app/project/project.ts'),
      import('../../app/fleet/fleet-audit.ts'),
      import('../../app/fleet/accept-findings.ts'),
      import('../../app/alerts/after-look.ts'),
    ])
    if (flags.watch && (flags.format ?? 'table') !== 'table')
      throw fail('USAGE', '--watch prints a table or --json', { hint: 'lockstep audit --watch --json' })
    const accepting = acceptingOf(flags)
    if (accepting !== null) checkAccepting(ports, accepting)
    const project = await findProject(ports, { environment })
    await ports.fleet.prepare(report)
    const onHost = (host: string, state: string): void => report.host(host, state)
    const { fix, check } = flags
    const options = { hosts: flags.hosts ?? null, arguments: rest, onHost, fix, check, accepting }
    const found = await fleetAudit(ports, project, options)
    const looked = { isWhole: flags.hosts === undefined, line: report.always }
    const changes = check ? null : await afterAudit(ports, project, found, looked)
    if (flags.watch && changes !== null) return changesResult(found, changes, mannerOf(flags))
    return auditResult(found, { ...mannerOf(flags), fix })
  },
})

const mannerOf = (flags: {
  readonly hosts: string | undefined
  readonly 'fail-on': string | undefined
  readonly format: string | undefined
}): AuditManner => ({
  failOn: failOns.find((one) => one === flags['fail-on']) ?? 'medium',
  format: auditFormats.find((one) => one === flags.format) ?? 'table',
  hosts: flags.hosts ?? null,
})

const acceptingOf = (flags: {
  readonly accept: readonly string[]
  readonly withdraw: readonly string[]
  readonly path: string | undefined
  readonly until: string | undefined
}): Accepting | null => {
  const accept = findingIds.filter((id) => flags.accept.includes(id))
  const withdraw = (['all', ...findingIds] as const).filter((id) => flags.withdraw.includes(id))
  if (accept.length + withdraw.length === 0) return null
  return { accept, withdraw, path: flags.path ?? null, until: flags.until ?? null }
}
