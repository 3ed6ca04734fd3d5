import { fail, SecretsError } from '../core/errors.ts'
import type { Rotate } from '../core/manifest/manifest.ts'
import { valuesAfter, type Attempt, type Rotator, type RotatorKind, type Values } from '../core/rotate/rotator.ts'
import type { RotatorPorts } from '../core/rotators/rotator-ports.ts'
import { settingsOf, type Settings } from '../core/rotators/settings.ts'
import { askNew } from './shared/ask-new.ts'
import { requireProgram, runProgram, type Program } from './shared/run-program.ts'

/** A value that only a person can have made: at a desk, in a web page. It is asked for at the terminal, and a program of
 *  the user's may judge it. Nothing here can end the old one: the plan and the question say where a person does. */
export const person: RotatorKind = {
  open: (credential, ports) => {
    const settings = settingsOf(credential, ['url', 'revoke', 'multiline', 'check'])
    const { id, names, rotate } = credential
    const url = settings.text('url')
    const multiline = settings.flag('multiline') ?? false
    const check = checkIn(settings, rotate)
    const ending = `the old one is ended by you: ${settings.text('revoke') ?? url ?? 'where it was made'}`
    const first = [rotate.hint, url].filter((line) => line !== null)
    return {
      oldStays: 'both',
      needsPerson: true,
      endsNothing: true,
      look: async () => {
        if (check !== null) await requireProgram(ports, check)
        return { note: ending }
      },
      propose: async (held) => {
        // what is typed may not exist a second time: who is to judge it has to be there first
        if (check !== null) await requireProgram(ports, check)
        const instructions = [...first, `${ending}, when every host has the new one`]
        const wanted = { id, names, instructions, isMultiline: multiline, isTwice: check === null }
        return { values: await askNew(ports, held, wanted), marks: {} }
      },
      install: async ({ pending, marks }) => ({ values: pending, marks }),
      verify: async (attempt) => {
        if (check !== null) await judge(ports, check, attempt, id)
      },
      // what a person made may be in use elsewhere: it is not ours to end
      retire: async () => {},
      withdraw: async () => {},
    } satisfies Rotator
  },
}

/** Milliseconds that the program may take. */
const patience = 30_000

/** `check: { run: [PROGRAM, ARGUMENT…] }`; null: none. @throws CONFIG */
const checkIn = (settings: Settings, { settings: { check: given }, at }: Rotate): Program | null => {
  if (given === undefined || given === null) return null
  const members = typeof given === 'object' && !Array.isArray(given) ? Object.entries(given) : []
  const [[name, run] = [], ...others] = members
  if (name === 'run' && others.length === 0 && isTexts(run)) {
    const [program = '', ...args] = run
    if (program !== '') return { program, args, timeout: patience, setting: 'check', at }
  }
  throw settings.wrong('check', 'must be { run: [PROGRAM, ARGUMENT…] }', 'check: { run: [./check-token] }')
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

/** Hands the program all values as they will be, on its standard input; what it prints is shown nowhere.
 *  @throws DENIED where it does not accept them; UNAVAILABLE where it has not judged them */
const judge = async (ports: RotatorPorts, check: Program, attempt: Attempt, id: string): Promise<void> => {
  const input = JSON.stringify(revealed(valuesAfter(attempt)))
  const { status } = await runProgram(ports, check, input, attempt.signal).catch(unjudged)
  if (status === 0) return
  throw fail('DENIED', `the check of ${id} does not accept the new value (status ${status})`, {
    hint: `try the value by hand, then give another one: lockstep rotate ${id}`,
  })
}

/** That the program cannot be run, such as on another machine, is no reason to take back what a person has typed. */
const unjudged = (error: unknown): never => {
  if (!(error instanceof SecretsError)) throw error
  const { message, at, hint } = error
  throw fail('UNAVAILABLE', `the new value was not checked: ${message}`, {
    ...(at === undefined ? {} : { at }),
    hint: [hint, 'the value is kept: lockstep rotate --resume checks it'].filter(Boolean).join('; '),
    cause: error,
  })
}

const revealed = (values: Values): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from(values, ([name, value]) => [name, value.reveal()]))
