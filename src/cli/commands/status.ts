import type { LookOptions } from '../../app/fleet/fleet-look.ts'
import { fail } from '../../core/errors.ts'
import type { StatusReport } from '../../core/fleet/status-report.ts'
import { statusOutput } from '../status-output.ts'
import { define, type Command } from '../command.ts'
import { ansibleRest, hostsFlag } from '../fleet-flags.ts'
import { statusResult } from '../status-result.ts'

export const command: Command = define({
  name: 'status',
  area: 'fleet',
  summary: 'show what the hosts and their containers really run',
  about: `
Asks every host and every container's status page, and compares with the project. RUNS is the generation a container
was proved to run, PROOF how: reported by itself, mounted by its engine, or none. Changes nothing. Ends with PARTIAL
unless every host is in step and every container is ready.`,
  rest: ansibleRest,
  flags: {
    ...hostsFlag,
    watch: {
      type: 'integer',
      value: 'SECONDS',
      summary: 'look again and again, say what changes, until a signal comes',
    },
  },
  examples: [
    { line: 'lockstep status', says: 'the whole fleet' },
    { line: 'lockstep status --watch 60', says: 'every minute; whoever stands under alerts: is told of changes' },
    { line: 'lockstep status --hosts onode1 --json', says: 'one host, for a program' },
  ],
  output: statusOutput,
  run: async (call) => {
    const { flags, rest, ports, environment, report } = call
    const [{ findProject }, { fleetStatus }, { afterStatus }] = await Promise.all([
      import('../../app/project/project.ts'),
      import('../../app/fleet/fleet-status.ts'),
      import('../../app/alerts/after-look.ts'),
    ])
    await ports.fleet.prepare(report)
    const onHost = (host: string, state: string): void => report.host(host, state)
    const look = async (options: Pick<LookOptions, 'onHost'>): Promise<StatusReport> => {
      const project = await findProject(ports, { environment })
      const found = await fleetStatus(ports, project, { hosts: flags.hosts ?? null, arguments: rest, ...options })
      await afterStatus(ports, project, found, { isWhole: flags.hosts === undefined, line: report.always })
      return found
    }
    const seconds = flags.watch
    if (seconds === undefined) return statusResult(await look({ onHost }))
    if (seconds < 1) throw fail('USAGE', '--watch needs a number of seconds', { hint: 'lockstep status --watch 60' })
    const { repeatStatus } = await import('../../app/fleet/repeat-status.ts')
    const { signal } = call
    const last = await repeatStatus(ports, { seconds, signal, look: () => look({ onHost: () => {} }), line: report })
    if (last === null) throw fail('UNAVAILABLE', 'ended before anything was seen')
    const { exit: _, ...result } = statusResult(last)
    return result
  },
})
