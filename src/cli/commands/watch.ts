import { fail } from '../../core/errors.ts'
import type { EventsReport } from '../../app/watch/fleet-events.ts'
import { watchOutput } from '../watch-output.ts'
import { define, type Command, type Report } from '../command.ts'
import { ansibleRest, hostsFlag } from '../fleet-flags.ts'
import { interruptible } from '../interruptible.ts'
import { eventLines, newestOf, watchResult } from '../watch-result.ts'

export const command: Command = define({
  name: 'watch',
  area: 'safety',
  summary: 'show who touched the files on the hosts',
  about: `
Shows what the watches on the hosts wrote (lockstep setup --watch brings them): reads and changes of the project's
files, by which program of which user. Judged "ours" is a call of lockstep's; "expected", a declared program that reads
what it was given; all else is foreign. Without --since: what was not marked as seen. Ends with UNSAFE where something
foreign is among them, or something is missing: the watch was ended by somebody else, or numbers are gone.`,
  rest: ansibleRest,
  flags: {
    ...hostsFlag,
    since: { type: 'string', value: 'SEQ|TIME', summary: 'after this number, or not older: 117, 2h, 2026-11-20' },
    seen: { type: 'boolean', summary: 'mark what is shown as seen: this clone’s audit and watch are then silent' },
    all: { type: 'boolean', summary: 'what lockstep did itself, too' },
    follow: { type: 'integer', value: 'SECONDS', summary: 'look again so often, until you end it' },
  },
  examples: [
    { line: 'lockstep watch', says: 'what nobody has looked at yet' },
    { line: 'lockstep watch --hosts onode1 --since 2h', says: 'one host, the last two hours' },
    { line: 'lockstep watch --seen', says: 'all of it is explained' },
  ],
  output: watchOutput,
  run: async (call) => {
    const { flags, rest, ports, environment, report } = call
    // what was not shown must not be marked
    if (flags.seen && flags.since !== undefined)
      throw fail('USAGE', '--seen marks all that nobody has looked at yet, and --since shows a part of it', {
        hint: 'lockstep watch, then lockstep watch --seen',
      })
    const [{ findProject }, { fleetEvents }, { parseSinceEvent }] = await Promise.all([
      import('../../app/project/project.ts'),
      import('../../app/watch/fleet-events.ts'),
      import('../../core/since.ts'),
    ])
    const project = await findProject(ports, { environment })
    const since = parseSinceEvent(flags.since, ports.clock.now())
    await ports.fleet.prepare(report)
    const look = (onHost: Report['host'], after: Readonly<Record<string, number>> = {}): Promise<EventsReport> =>
      fleetEvents(ports, project, {
        hosts: flags.hosts ?? null,
        since,
        after,
        seen: flags.seen,
        arguments: rest,
        onHost,
      })
    if (flags.follow === undefined) {
      const isPart = flags.since !== undefined
      const shown = { seen: flags.seen, all: flags.all, isPart, again: { hosts: flags.hosts, rest } }
      return watchResult(await look(report.host), shown)
    }
    const every = Math.max(1, flags.follow) * 1000
    return interruptible(call, 'nothing was changed', async (onHost) => {
      for (let after: Readonly<Record<string, number>> = {}; ; await ports.clock.sleep(every)) {
        const found = await look(onHost, after)
        for (const line of eventLines(found, flags.all)) report(line)
        after = { ...after, ...newestOf(found) }
      }
    })
  },
})
