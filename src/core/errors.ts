/** The closed list of what can go wrong: exit status of the CLI, HTTP status of the server doors, and whether a
 *  chain may ask its next provider ("rule": only where the chain's own rule allows an outage to be passed over). */
export const codes = {
  USAGE: { exit: 2, http: 400, next: 'no', meaning: 'asked wrongly' },
  CONFIG: { exit: 3, http: 500, next: 'no', meaning: 'manifest or settings wrong' },
  NOT_FOUND: { exit: 4, http: 404, next: 'end', meaning: 'nobody in the chain holds it' },
  DENIED: { exit: 5, http: 403, next: 'no', meaning: 'refused' },
  UNAVAILABLE: { exit: 6, http: 503, next: 'rule', meaning: 'no answer in time' },
  TAMPERED: { exit: 7, http: 500, next: 'no', meaning: 'failed authentication or format' },
  CONFLICT: { exit: 8, http: 409, next: 'no', meaning: 'someone else changed it first, or is changing it' },
  UNSAFE: { exit: 9, http: 500, next: 'no', meaning: 'modes, owners, paths or settings are wrong' },
  PARTIAL: { exit: 10, http: 207, next: 'no', meaning: 'some hosts or steps done, some not' },
  INTERNAL: { exit: 1, http: 500, next: 'no', meaning: 'our bug' },
} as const

export type Code = keyof typeof codes

export const isCode = (word: string): word is Code => Object.hasOwn(codes, word)

/** Where something went wrong: `at` is a file, `file:line:column`, host or name; never a value. */
export interface FailDetails {
  readonly at?: string
  /** What to do next, as a sentence or a command to type. */
  readonly hint?: string
  readonly cause?: unknown
}

/** The one error class. `message` says what and where, small first letter, no full stop, and never a secret value. */
export class SecretsError extends Error {
  readonly code: Code
  readonly at: string | undefined
  readonly hint: string | undefined

  constructor(code: Code, message: string, details: FailDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'SecretsError'
    this.code = code
    this.at = details.at
    this.hint = details.hint
  }
}

/** Makes the error; `throw fail('UNSAFE', 'password file can be read by others', { at, hint })`. */
export const fail = (code: Code, message: string, details?: FailDetails): SecretsError =>
  new SecretsError(code, message, details)

/** True for an error of ours with this code: for catching one expected thing. */
export const hasCode = (error: unknown, ...wanted: readonly Code[]): error is SecretsError =>
  error instanceof SecretsError && wanted.includes(error.code)

/** All that may be told of an error that is not ours: its text could carry what was being worked on. */
export const kindOfError = (error: unknown): string => (error instanceof Error ? error.name : typeof error)
