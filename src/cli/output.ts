/** How the program speaks. All of it passes through here.
 *
 *  - Results go to stdout, everything else to stderr: progress, errors, hints, the next command.
 *  - Lines start with a small letter and end without a full stop. No prefix but `error:`; no emoji, no banners.
 *  - An error is three lines at most: `error: what`, `  at where`, `  hint: what to type`.
 *  - A name from outside is printed escaped. A value is never printed, but by the commands whose product it is, and
 *    these hand it over as bytes or as a Secret.
 *  - Colour is for the word `error` on a terminal, and never carries meaning. NO_COLOR and --color never turn it off.
 *  - --quiet leaves results and errors. --json leaves one object on stdout, or one `{"error": …}` on stderr. */
import { fail, SecretsError, type Code } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import type { Result } from './command.ts'
import { printable } from './printable.ts'

/** Where text goes: a file descriptor, or a list in a test. */
export interface TextOut {
  readonly isTerminal: boolean
  /** Resolves when all is written; a reader that has gone away is not an error. */
  write(bytes: string | Uint8Array): Promise<void>
}

export interface Manner {
  readonly json: boolean
  readonly quiet: boolean
  readonly color: boolean
}

/** One object, as --json prints it. */
export const jsonText = (json: object): string => `${JSON.stringify(json, null, 2)}\n`

export const printResult = async (out: TextOut, err: TextOut, result: Result, manner: Manner): Promise<void> => {
  const { text } = result
  const bytes = manner.json
    ? jsonText(result.json)
    : typeof text === 'string'
      ? endLine(printable(text))
      : text instanceof Secret
        ? text.bytes()
        : text
  if (bytes !== undefined) await writeResult(out, bytes)
  if (manner.json) return
  if (result.next !== undefined && !manner.quiet) await err.write(`next: ${printable(result.next)}\n`)
}

/** What cannot be handed over is no fault of ours, and the work itself is done by then. */
const writeResult = async (out: TextOut, bytes: string | Uint8Array): Promise<void> => {
  try {
    await out.write(bytes)
  } catch (cause) {
    const reason =
      cause instanceof Error && 'code' in cause
        ? (reasons[String(cause.code)] ?? `the system answers ${String(cause.code)}`)
        : null
    if (reason === null) throw cause
    throw fail('UNAVAILABLE', `cannot write to standard output: ${reason}`, {
      hint: 'what the command had to do is done; its result was not taken',
      cause,
    })
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left',
  EDQUOT: 'the disk quota is used up',
  EIO: 'an input/output error',
}

/** `stay` makes commands in the hint those of the environment that was asked for. */
export const printError = async (
  err: TextOut,
  error: SecretsError,
  manner: Manner,
  stay: (text: string) => string = (text) => text,
): Promise<void> => {
  const { code, message, at } = error
  const hint = error.hint === undefined ? undefined : stay(error.hint)
  if (manner.json) return err.write(`${JSON.stringify({ error: { code, message, at, hint } }, null, 2)}\n`)
  const label = manner.color ? '\u001b[1;31merror:\u001b[0m' : 'error:'
  const lines = [`${label} ${indent(message)}`]
  if (at !== undefined) lines.push(`  at ${indent(at)}`)
  if (hint !== undefined) lines.push(`  hint: ${indent(hint)}`)
  await err.write(`${lines.join('\n')}\n`)
}

const endLine = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`)

const indent = (text: string): string => printable(text).replaceAll('\n', '\n    ')

/** An error of ours as it is; anything else as INTERNAL, told by its kind and place alone: the message of a foreign
 *  error may carry data. */
export const asOurs = (error: unknown): SecretsError => {
  if (error instanceof SecretsError) return error
  const name = error instanceof Error ? error.constructor.name : typeof error
  const place = error instanceof Error ? placeOf(error) : undefined
  return new SecretsError('INTERNAL', `${name}: this should not happen`, {
    ...(place === undefined ? {} : { at: place }),
    hint: 'please report it with these two lines; they hold no data of yours',
    cause: error,
  })
}

/** The innermost frame in our own files, as `src/app/secrets/get.ts:12:3`. */
const placeOf = (error: Error): string | undefined => {
  const frame = /((?:src|dist|bunfs|~BUN)[^\s():]*:\d+:\d+)\)?$/m.exec(error.stack?.slice(error.message.length) ?? '')
  return frame?.[1]
}

/** Exit status of a finished command. */
export const exitOf = (exit: Code | number | undefined, table: Readonly<Record<Code, { exit: number }>>): number =>
  exit === undefined ? 0 : typeof exit === 'number' ? exit : table[exit].exit
