import type { ListedAlerts } from '../../app/alerts/list-alerts.ts'
import type { Tried } from '../../app/alerts/try-alerts.ts'
import { ago, formatDuration, isoTime } from '../../core/duration.ts'
import { hostText } from '../../core/host-text.ts'
import { alertsOutput } from '../alerts-output.ts'
import { define, type Command, type Result } from '../command.ts'
import { table } from '../table.ts'

export const command: Command = define({
  name: 'alerts',
  area: 'safety',
  summary: 'who is told of what is wrong, and a test of it',
  about: `
Whoever stands under alerts: in lockstep.yaml is told once of each finding of audit, of each host or container that status
finds not in step, of secrets that are overdue and of jobs that failed or did not run; and once more when it is over. What
a place did not take is sent again by the next audit, status or job.`,
  args: [{ name: 'ACTION', required: true, choices: ['list', 'test'], summary: 'list or test' }],
  flags: { to: { type: 'integer', for: ['test'], value: 'N', summary: 'only the Nth place of lockstep.yaml' } },
  examples: [
    { line: 'lockstep alerts list', says: 'who is told, and what is open' },
    { line: 'lockstep alerts test', says: 'a marked message to everyone, and what each answered' },
  ],
  output: alertsOutput,
  run: async ({ args, flags, ports, environment, report }) => {
    const { findProject } = await import('../../app/project/project.ts')
    const project = await findProject(ports, { environment })
    if (args.ACTION === 'test') {
      const { tryAlerts } = await import('../../app/alerts/try-alerts.ts')
      return triedResult(await tryAlerts(ports, project, { only: flags.to ?? null, line: report.always }))
    }
    const { listAlerts } = await import('../../app/alerts/list-alerts.ts')
    return listedResult(await listAlerts(ports, project), ports.clock.now())
  },
})

const triedResult = (tried: readonly Tried[]): Result => {
  const rows = tried.map((one) => [String(one.number), one.sink, one.took ? 'ok' : 'failed', one.says])
  const failed = tried.filter(({ took }) => !took).length
  return {
    text: table([['N', 'TO', 'RESULT', 'SAYS'], ...rows]),
    json: { tried },
    ...(failed === 0 ? {} : { exit: failed === tried.length ? 'UNAVAILABLE' : 'PARTIAL' }),
  }
}

const listedResult = ({ sinks, open }: ListedAlerts, now: number): Result => {
  const told = sinks.map((one) => [
    String(one.number),
    one.sink,
    one.severity,
    one.sent === null ? 'never' : ago(one.sent, now),
    String(one.waiting),
    one.failed === null ? '' : `failed for ${formatDuration(now - one.failed.since)}: ${one.failed.why}`,
  ])
  const found = open.map(({ severity, id, host, path, since, message }) => [
    severity,
    id,
    host ?? '-',
    path === null ? '-' : hostText(path, 200),
    formatDuration(now - since),
    hostText(message),
  ])
  const lines = [
    sinks.length === 0
      ? 'nobody is told: lockstep.yaml has no alerts'
      : table([['N', 'TO', 'SEVERITY', 'TOLD', 'WAITING', 'NOTE'], ...told]).trimEnd(),
    '',
    open.length === 0
      ? 'nothing is open'
      : table([['SEVERITY', 'WHAT', 'HOST', 'PATH', 'SINCE', 'SAYS'], ...found]).trimEnd(),
  ]
  return { text: lines.join('\n'), json: listedJson({ sinks, open }) }
}

const listedJson = ({ sinks, open }: ListedAlerts): object => ({
  sinks: sinks.map((one) => ({
    ...one,
    sent: one.sent === null ? null : isoTime(one.sent),
    failed: one.failed === null ? null : { ...one.failed, since: isoTime(one.failed.since) },
  })),
  open: open.map((one) => ({ ...one, since: isoTime(one.since) })),
})
