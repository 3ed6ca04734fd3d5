import { fail, hasCode } from '../core/errors.ts'
import { quoteName } from '../core/names.ts'
import type { Credential } from '../core/rotate/credential.ts'
import type { RotatorKind, Step } from '../core/rotate/rotator.ts'
import type { RotatorPorts } from '../core/rotate/rotator-ports.ts'
import { settingsOf } from '../core/rotate/settings.ts'
import { requestJson, type StepAnswer, type StepRequest } from '../core/rotate/step-protocol.ts'
import { answered, askedRotator, askedSettings, largestAnswer, timeoutIn } from './shared/asked-steps.ts'

/** A program of the user's own, started for each step without a shell: the request is its standard input, the answer its
 *  standard output. What it says on standard error may hold values, and is not shown to anybody. */
export const command: RotatorKind = {
  open: (credential, ports) => {
    const settings = settingsOf(credential, ['run', ...askedSettings])
    const [program, ...args] = settings.texts('run') ?? []
    if (program === undefined) {
      throw settings.wrong('run', 'is missing', 'run: [./rotators/NAME, ARGUMENT]: a program and its arguments')
    }
    const runs = { program, args, timeout: timeoutIn(settings), at: credential.rotate.at }
    const who = quoteName(program)
    const ask = (request: StepRequest, step: Step): Promise<StepAnswer> => run(ports, runs, request, step)
    return askedRotator({ credential, settings, note: `runs ${who} on this machine`, who, ask })
  },
}

interface Runs {
  readonly program: string
  readonly args: readonly string[]
  readonly timeout: number
  readonly at: Credential['rotate']['at']
}

const run = async (
  { exec, directory, home, path }: RotatorPorts,
  { program, args, timeout, at }: Runs,
  request: StepRequest,
  { signal }: Step,
): Promise<StepAnswer> => {
  const isInProject = program.includes('/') && !program.startsWith('/')
  const [who, input] = [quoteName(program), `${requestJson(request)}\n`]
  const options = { input, cwd: directory, env: { HOME: home, PATH: path }, timeout, signal, max: largestAnswer }
  try {
    const { status, stdout } = await exec.run(isInProject ? `${directory}/${program}` : program, args, options)
    return answered(stdout, request, who, status === 0 ? null : ended(who, status, request))
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND')) throw error
    const hint = isInProject
      ? `see whether it is there and executable: chmod +x ${who}`
      : 'install it, or give its path'
    throw fail('CONFIG', `run: there is no program ${who}`, { at, hint })
  }
}

/** What it has done is not known: the same as an answer that was lost. */
const ended = (who: string, status: number, { step, credential: { id } }: StepRequest): Error =>
  fail('UNAVAILABLE', `${who} ended with ${status} at ${step}, and did not say why`, {
    at: id,
    hint: 'what it prints on standard error may hold values and is not shown: let it answer {"error":{"code":…,"message":…}}',
  })
