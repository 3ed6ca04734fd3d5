import { codes, fail, type SecretsError } from '../core/errors.ts'
import type { Ports } from '../core/ports.ts'
import { actionOf } from './belonging.ts'
import type { Call, Command, ParsedArg, ParsedFlag, Result } from './command.ts'
import { commands as allCommands } from './commands/index.ts'
import { asOurs, exitOf, printError, printResult, type Manner, type TextOut } from './output.ts'
import { printable } from './printable.ts'
import { findCommand, peekGlobals } from './globals.ts'
import { parse, type Parsed } from './parse.ts'
import { unknownCommand } from './refusals.ts'
import { startProgress } from './progress.ts'
import { staying, stayingReport } from './staying.ts'

/** What main needs beside the ports: where to speak, who it is, and how it hears that it should stop. */
export interface Program {
  readonly out: TextOut
  readonly err: TextOut
  version(): Promise<string>
  /** Takes over SIGINT, SIGTERM and SIGHUP; the reason of the abort is the signal's number. */
  interruption(): AbortSignal
  /** Another set of commands, for tests. */
  readonly commands?: Readonly<Record<string, () => Promise<{ readonly command: Command }>>>
}

/** Runs one command line (without the program's own name) and gives the exit status. Never throws. */
export const main = async (argv: readonly string[], ports: Ports, program: Program): Promise<number> => {
  const { json, quiet, color, environment } = peekGlobals(argv)
  const colored = program.err.isTerminal && color !== 'never' && !ports.machine.environment['NO_COLOR']
  const manner: Manner = { json, quiet, color: colored }
  const stay = (text: string): string => staying(text, environment)
  let interrupted: AbortSignal | null = null
  const interruption = (): AbortSignal => (interrupted ??= program.interruption())
  try {
    const result = await answer(argv, { ports, program: { ...program, interruption }, manner, stay })
    await printResult(program.out, program.err, result, manner)
    return exitOf(result.exit, codes)
  } catch (error) {
    const stopped: unknown = heard(interrupted)?.reason
    if (typeof stopped === 'number') return 128 + stopped
    const ours: SecretsError = asOurs(error)
    await printError(program.err, ours, manner, stay)
    return codes[ours.code].exit
  }
}

/** Tells of an error that nobody caught, as main would, and gives the exit status. Left to themselves the runtimes print
 *  its message and lines of code, which may hold data. */
export const tellUncaught = async (error: unknown, argv: readonly string[], err: TextOut): Promise<number> => {
  const ours = asOurs(error)
  await printError(err, ours, { json: peekGlobals(argv).json, quiet: false, color: false })
  return codes[ours.code].exit
}

const heard = (signal: AbortSignal | null): AbortSignal | null => (signal?.aborted === true ? signal : null)

const answer = async (argv: readonly string[], surroundings: Surroundings): Promise<Result> => {
  const { ports, program } = surroundings
  const commands = program.commands ?? allCommands
  const asked = peekGlobals(argv)
  const found = findCommand(argv)
  if (asked.version) return versionResult(await program.version())
  if (found === null) return noCommand(argv, ports, commands, asked.help)
  if (found.name === 'help') return helpResult(findCommand(found.argv)?.name, commands)
  const command = await load(found.name, commands)
  const parsed = parse(command, found.argv)
  if (parsed.globals.help) return helpResult(found.name, commands)
  return runCommand(command, parsed, surroundings)
}

const versionResult = (version: string): Result => ({ text: `lockstep ${version}`, json: { version } })

const noCommand = async (
  argv: readonly string[],
  ports: Ports,
  commands: NonNullable<Program['commands']>,
  help: boolean,
): Promise<Result> => {
  if (help) return helpResult(undefined, commands)
  const flag = argv.find((word) => !['--json', '--quiet', '-q', '--color=never'].includes(word))
  if (flag !== undefined) throw fail('USAGE', 'no command is given', { hint: 'lockstep --help' })
  const { overview } = await import('./overview.ts')
  return overview(ports)
}

const helpResult = async (name: string | undefined, commands: NonNullable<Program['commands']>): Promise<Result> => {
  const { commandHelp, overallHelp } = await import('./help.ts')
  if (name !== undefined) {
    const command = await load(name, commands)
    return { text: commandHelp(command), json: { command: literal(command) } }
  }
  const all = await Promise.all(Object.keys(commands).map((key) => load(key, commands)))
  return { text: overallHelp(all), json: { commands: all.map(literal) } }
}

/** The data of a command, without its function. */
const literal = (command: Command): object => ({ ...command, run: undefined })

const load = async (name: string, commands: NonNullable<Program['commands']>): Promise<Command> => {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (entry !== undefined) return (await entry()).command
  throw unknownCommand(name, Object.keys(commands))
}

interface Surroundings {
  readonly ports: Ports
  readonly program: Program
  readonly manner: Manner
  /** Makes commands in a message those of the environment that was asked for. */
  stay(text: string): string
}

/** What the access log is told of this run. */
const callerOf = (command: Command, { args, globals }: Parsed, { ports, program }: Surroundings): Ports['caller'] => {
  const action = actionOf(command, args)
  const given = globals.reason ?? ports.machine.environment['LOCKSTEP_REASON']
  const reason = given === undefined || given.trim() === '' ? null : given
  if (globals.breakGlass && reason === null) throw noReason()
  return {
    ...ports.caller,
    command: action === null ? command.name : `${command.name} ${action}`,
    reason,
    breakGlass: globals.breakGlass,
    warn: (line) => program.err.write(`warning: ${printable(line)}\n`),
  }
}

/** What goes on without the log is all that is known of it later. */
const noReason = (): SecretsError =>
  fail('USAGE', '--break-glass needs a reason', {
    at: '--break-glass',
    hint: '--reason TEXT beside it: why the log could not wait',
  })

const runCommand = async (command: Command, parsed: Parsed, surroundings: Surroundings): Promise<Result> => {
  const { ports, program, manner, stay } = surroundings
  const progress = startProgress(program.err, ports.clock, { silent: manner.quiet || manner.json })
  const call: Call<Readonly<Record<string, ParsedArg>>, Readonly<Record<string, ParsedFlag>>> = {
    args: parsed.args,
    flags: parsed.flags,
    rest: parsed.rest,
    environment: parsed.globals.environment,
    ports: { ...ports, caller: callerOf(command, parsed, surroundings) },
    report: stayingReport(progress.report, stay),
    get signal() {
      return program.interruption()
    },
  }
  try {
    const { next, text, ...result } = await runAsAsked(command, call)
    return {
      ...result,
      ...(next === undefined ? {} : { next: stay(next) }),
      ...(text === undefined ? {} : { text: typeof text === 'string' ? stay(text) : text }),
    }
  } finally {
    await progress.end()
  }
}

/** A schedule says that it is one of its jobs. */
const runAsAsked = async (command: Command, call: Parameters<Command['run']>[0]): Promise<Result> => {
  const work = (): Promise<Result> => command.run(call)
  if (!call.ports.machine.environment['LOCKSTEP_SCHEDULED']) return work()
  const [{ jobNamed }, { runJob }] = await Promise.all([
    import('../core/schedule/jobs.ts'),
    import('../app/schedule/run-job.ts'),
  ])
  const job = jobNamed(command.name)
  if (job === null) return work()
  return runJob(call.ports, job, { environment: call.environment, line: call.report.always, work })
}
