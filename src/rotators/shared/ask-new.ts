import { fail } from '../../core/errors.ts'
import type { Held, Values } from '../../core/rotate/rotator.ts'
import type { RotatorPorts } from '../../core/rotators/rotator-ports.ts'
import { Secret } from '../../core/secret.ts'

export interface Wanted {
  readonly id: string
  readonly names: readonly string[]
  /** What the person has to do first, a line each. */
  readonly instructions: readonly string[]
  /** A key in PEM: its end is an empty line. */
  readonly isMultiline: boolean
  /** Nothing will check it: it is asked for twice. */
  readonly isTwice: boolean
}

/** Asks a person for the new values, nothing of which is shown. Of several, those with an empty answer stay as they are.
 *  @throws USAGE without a terminal, for no answer, and for the values that are in force already */
export const askNew = async (
  { terminal }: Pick<RotatorPorts, 'terminal'>,
  { values }: Pick<Held, 'values'>,
  wanted: Wanted,
): Promise<Values> => {
  const { id, names, instructions } = wanted
  if (!terminal.isInteractive) {
    throw fail('USAGE', `a person gives the new value of ${id}, and there is no terminal to ask at`, {
      hint: `in a terminal: lockstep rotate ${id}`,
    })
  }
  const answers = new Map<string, Secret>()
  let before = instructions.map((line) => `${line}\n`).join('')
  for (const name of names) {
    const mayStay = names.length > 1 && values.has(name)
    const answer = await askOne(
      terminal,
      `${before}new value of ${name}${mayStay ? ' (empty: it stays)' : ''}: `,
      wanted,
    )
    before = ''
    if (answer !== null) answers.set(name, answer)
    else if (!mayStay) throw fail('USAGE', `no new value of ${name} was given`)
  }
  const isNew = [...answers].some(([name, value]) => values.get(name)?.equals(value) !== true)
  if (isNew) return answers
  throw fail('USAGE', `nothing of ${id} is new: what was given is in force already`, {
    hint: 'make a new one first; the old one stays until every host has the new one',
  })
}

const askOne = async (
  terminal: RotatorPorts['terminal'],
  question: string,
  { isMultiline: multiline, isTwice }: Wanted,
): Promise<Secret | null> => {
  const ask = async (text: string): Promise<string> => ended((await terminal.askHidden(text, { multiline })).trim())
  const given = await ask(question)
  if (given === '') return null
  if (isTwice && (await ask('again, as nothing checks it: ')) !== given) {
    throw fail('USAGE', 'the two answers are not the same')
  }
  return new Secret(given)
}

/** Programs that read keys want a line end behind the last line. */
const ended = (text: string): string => (text.startsWith('-----BEGIN') ? `${text}\n` : text)
