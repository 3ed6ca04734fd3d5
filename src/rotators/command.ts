import { fail } from '../core/errors.ts'
import { quoteName } from '../core/names.ts'
import type { RotatorKind } from '../core/rotate/rotator.ts'
import { settingsOf } from '../core/rotators/settings.ts'
import { requestJson, type StepRequest } from '../core/rotators/step-protocol.ts'
import { answered, askedRotator, askedSettings, timeoutIn } from './shared/asked-steps.ts'
import { runProgram, type Program } from './shared/run-program.ts'

/** A program of the user's own, started for each step without a shell: the request is its standard input, the answer its
 *  standard output. What it says on standard error may hold values, and is not shown to anybody. */
export const command: RotatorKind = {
  open: (credential, ports) => {
    const settings = settingsOf(credential, ['run', ...askedSettings])
    const [program, ...args] = settings.texts('run') ?? []
    if (program === undefined) {
      throw settings.wrong('run', 'is missing', 'run: [./rotators/NAME, ARGUMENT]: a program and its arguments')
    }
    const runs: Program = { program, args, timeout: timeoutIn(settings), setting: 'run', at: credential.rotate.at }
    const who = quoteName(program)
    return askedRotator({
      credential,
      settings,
      note: `runs ${who} on this machine`,
      who,
      ask: async (request, { signal }) => {
        const { status, stdout } = await runProgram(ports, runs, `${requestJson(request)}\n`, signal)
        return answered(stdout, request, who, status === 0 ? null : ended(who, status, request))
      },
    })
  },
}

/** What it has done is not known: the same as an answer that was lost. */
const ended = (who: string, status: number, { step, credential: { id } }: StepRequest): Error =>
  fail('UNAVAILABLE', `${who} ended with ${status} at ${step}, and did not say why`, {
    at: id,
    hint: 'what it prints on standard error may hold values and is not shown: let it answer {"error":{"code":…,"message":…}}',
  })
