import { fail, hasCode } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import { Secret } from '../../core/secret.ts'

/** A value from the person at the terminal (not shown), or from standard input. One line loses its newline, which the
 *  sender added; several lines are taken as they are. Bytes that are no text are refused by the dotenv writer.
 *  @throws USAGE for an empty value that is not wanted */
export const readValue = async (
  { terminal }: Pick<Ports, 'terminal'>,
  name: string,
  options: { readonly multiline?: boolean; readonly allowEmpty?: boolean } = {},
): Promise<Secret> => {
  const { multiline = false, allowEmpty = false } = options
  const piped = await readPiped(terminal)
  const question = `${name} (not shown; ${multiline ? 'an empty line' : 'Enter'} ends): `
  const value = piped ?? new Secret(await terminal.askHidden(question, { multiline }))
  if (value.bytes().length > 0 || allowEmpty) return value
  throw fail('USAGE', `the value for ${name} is empty`, {
    hint: 'nothing was written; --empty if it is meant to be empty',
  })
}

/** Null when standard input is the terminal: then there is a person to ask. */
const readPiped = async (terminal: Ports['terminal']): Promise<Secret | null> => {
  try {
    return withoutNewline(await terminal.readInput())
  } catch (error) {
    if (hasCode(error, 'USAGE')) return null
    throw error
  }
}

const newline = 0x0a

const withoutNewline = (bytes: Uint8Array): Secret => {
  const first = bytes.indexOf(newline)
  if (first < 0 || first !== bytes.length - 1) return new Secret(bytes)
  return new Secret(bytes.subarray(0, bytes[first - 1] === 0x0d ? first - 1 : first))
}
