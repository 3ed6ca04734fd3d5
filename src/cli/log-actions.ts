import { openLog, openLogWithBackup } from '../app/log/log-use.ts'
import { findProject } from '../app/project/project.ts'
import { chooseEntries } from '../core/log/choose.ts'
import { parseSince } from '../core/since.ts'
import type { Call, Result } from './command.ts'
import { exportFormats, exportResult, showResult, verifyResult } from './log-result.ts'

interface LogFlags {
  readonly fleet: boolean
  readonly hosts: string | undefined
  readonly since: string | undefined
  readonly name: string | undefined
  readonly host: string | undefined
  readonly user: string | undefined
  readonly last: number | undefined
  readonly format: string | undefined
}

type LogCall = Call<unknown, LogFlags>

/** `log verify` */
export const verify = async (call: LogCall): Promise<Result> => {
  const { ports, flags, environment } = call
  const project = await findProject(ports, { environment })
  if (!flags.fleet) return verifyResult(await openLogWithBackup(ports, project))
  const { verifyWithFleet } = await import('../app/log/verify-fleet.ts')
  return verifyResult(await verifyWithFleet(ports, project, await looking(call)))
}

/** `log show` and `log export` */
export const list = async ({ ports, flags, environment }: LogCall, action: 'show' | 'export'): Promise<Result> => {
  const since = parseSince(flags.since, ports.clock.now())
  const verdict = await openLog(ports, await findProject(ports, { environment }))
  const { name: secret = null, host = null, user = null, last } = flags
  const limit = last ?? (action === 'export' ? Number.MAX_SAFE_INTEGER : usual)
  const chosen = chooseEntries(verdict.entries, { since, secret, host, user, limit })
  if (action === 'show') return showResult(chosen, verdict)
  return exportResult(chosen.entries, verdict, exportFormats.find((one) => one === flags.format) ?? 'lines')
}

/** `log pull` */
export const pull = async (call: LogCall): Promise<Result> => {
  const { ports, environment } = call
  const [{ pullEvents }, { pullResult }] = await Promise.all([
    import('../app/log/pull-events.ts'),
    import('./events-result.ts'),
  ])
  const project = await findProject(ports, { environment })
  return pullResult(await pullEvents(ports, project, await looking(call)))
}

/** `log events` */
export const events = async ({ ports, flags, environment }: LogCall): Promise<Result> => {
  const [{ readView }, { eventsResult }] = await Promise.all([
    import('../app/log/event-store.ts'),
    import('./events-result.ts'),
  ])
  const view = await readView(ports, await findProject(ports, { environment }))
  const wanted = view.events.filter(({ host }) => flags.host === undefined || host === flags.host)
  return eventsResult(wanted.slice(-(flags.last ?? usual)))
}

const usual = 50

const looking = async ({
  ports,
  flags,
  rest,
  report,
}: LogCall): Promise<{
  readonly hosts: string | null
  readonly arguments: readonly string[]
  readonly onHost: (host: string, state: string) => void
}> => {
  await ports.fleet.prepare(report)
  return { hosts: flags.hosts ?? null, arguments: rest, onHost: (host, state) => report.host(host, state) }
}
