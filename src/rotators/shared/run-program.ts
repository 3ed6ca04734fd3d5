import { fail, hasCode } from '../../core/errors.ts'
import { quoteName } from '../../core/names.ts'
import type { RunResult } from '../../core/ports.ts'
import type { RotatorPorts } from '../../core/rotators/rotator-ports.ts'
import { largestAnswer } from './asked-steps.ts'

/** A program of the user's own, which a setting names. */
export interface Program {
  /** `./x` is below the project's directory, a bare name is looked for on PATH. */
  readonly program: string
  readonly args: readonly string[]
  /** Milliseconds that it may take. */
  readonly timeout: number
  /** The setting, and where it stands. */
  readonly setting: string
  readonly at: string
}

export type ProgramDoors = Pick<RotatorPorts, 'exec' | 'directory' | 'home' | 'path'>

/** Starts it without a shell in the project's directory, with HOME and PATH and no other variable. `input` is what it
 *  reads on standard input.
 *  @throws CONFIG where there is no such program; UNAVAILABLE on time-out; UNSAFE where it says too much */
export const runProgram = async (
  doors: ProgramDoors,
  program: Program,
  input: string,
  signal: AbortSignal,
): Promise<RunResult> => {
  const { exec, directory, home, path } = doors
  const { args, timeout } = program
  const options = { input, cwd: directory, env: { HOME: home, PATH: path }, timeout, signal, max: largestAnswer }
  try {
    return await exec.run(placeOf(doors, program), args, options)
  } catch (error) {
    throw hasCode(error, 'NOT_FOUND') ? missing(program) : error
  }
}

/** Looks for it and runs nothing. @throws CONFIG where it is not there, or not executable */
export const requireProgram = async (doors: ProgramDoors, program: Program): Promise<void> => {
  if ((await doors.exec.find(placeOf(doors, program), doors.path)) === null) throw missing(program)
}

const isInProject = ({ program }: Program): boolean => program.includes('/') && !program.startsWith('/')

const placeOf = ({ directory }: ProgramDoors, program: Program): string =>
  isInProject(program) ? `${directory}/${program.program}` : program.program

const missing = (program: Program): Error => {
  const who = quoteName(program.program)
  const hint = isInProject(program)
    ? `see whether it is there and executable: chmod +x ${who}`
    : 'install it, or give its path'
  return fail('CONFIG', `${program.setting}: there is no program ${who}`, { at: program.at, hint })
}
