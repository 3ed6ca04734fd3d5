import { fail } from '../core/errors.ts'
import { valuesAfter, type Attempt, type Rotator, type RotatorKind, type Values } from '../core/rotate/rotator.ts'
import type { RotatorPorts } from '../core/rotate/rotator-ports.ts'
import { settingsOf, type Settings } from '../core/rotate/settings.ts'
import { askNew } from './shared/ask-new.ts'

/** A value that only a person can have made: at a desk, in a web page. It is asked for at the terminal, and a program of
 *  the user's may judge it. Nothing here can end the old one: the plan and the question say where a person does. */
export const person: RotatorKind = {
  open: (credential, ports) => {
    const settings = settingsOf(credential, ['url', 'revoke', 'multiline', 'check'])
    const { id, names, rotate } = credential
    const url = settings.text('url')
    const multiline = settings.flag('multiline') ?? false
    const check = checkIn(settings, rotate.settings['check'])
    const ending = `the old one is ended by you: ${settings.text('revoke') ?? url ?? 'where it was made'}`
    const first = [rotate.hint, url].filter((line) => line !== null)
    return {
      oldStays: 'both',
      needsPerson: true,
      endsNothing: true,
      look: async () => ({ note: ending }),
      propose: async (held) => {
        const instructions = [...first, `${ending}, when every host has the new one`]
        const wanted = { id, names, instructions, isMultiline: multiline, isTwice: check === null }
        return { values: await askNew(ports, held, wanted), marks: {} }
      },
      install: async ({ pending, marks }) => ({ values: pending, marks }),
      verify: async (attempt) => {
        if (check !== null) await judge(check, attempt, id, ports)
      },
      // what a person made may be in use elsewhere: it is not ours to end
      retire: async () => {},
      withdraw: async () => {},
    } satisfies Rotator
  },
}

interface Check {
  readonly program: string
  readonly args: readonly string[]
}

/** Milliseconds that the program may take. */
const patience = 30_000

/** `check: { run: [PROGRAM, ARGUMENT…] }`; null: none. @throws CONFIG */
const checkIn = (settings: Settings, given: unknown): Check | null => {
  if (given === undefined || given === null) return null
  const members = typeof given === 'object' && !Array.isArray(given) ? Object.entries(given) : []
  const [[name, run] = [], ...others] = members
  if (name === 'run' && others.length === 0 && isTexts(run)) {
    const [program = '', ...args] = run
    if (program !== '') return { program, args }
  }
  throw settings.wrong('check', 'must be { run: [PROGRAM, ARGUMENT…] }', 'check: { run: [./check-token] }')
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

/** Hands the program all values as they will be, on its standard input; what it prints is shown nowhere. */
const judge = async (
  { program, args }: Check,
  attempt: Attempt,
  id: string,
  { exec, directory, home, path }: Pick<RotatorPorts, 'exec' | 'directory' | 'home' | 'path'>,
): Promise<void> => {
  const input = JSON.stringify(revealed(valuesAfter(attempt)))
  const { status } = await exec.run(program, args, {
    input,
    cwd: directory,
    env: { HOME: home, PATH: path },
    signal: attempt.signal,
    timeout: patience,
  })
  if (status === 0) return
  throw fail('DENIED', `the check of ${id} does not accept the new value (status ${status})`, {
    hint: `try the value by hand, then give another one: lockstep rotate ${id}`,
  })
}

const revealed = (values: Values): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from(values, ([name, value]) => [name, value.reveal()]))
