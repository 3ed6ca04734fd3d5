/** A command is data plus a function. Help, completion, reference pages and the parser read the data; the function
 *  loads its implementation only when it runs, and returns what to print: only main prints. */
import type { Code } from '../core/errors.ts'
import type { Ports } from '../core/ports.ts'
import type { Secret } from '../core/secret.ts'

export const areas = ['secrets', 'fleet', 'safety', 'runtime', 'project'] as const
export type Area = (typeof areas)[number]

/** Where a part of the command line says something; elsewhere it is refused. */
export interface Belonging {
  /** One of these must be there: an action (`prune`), none (the empty word), a flag (`--fix`), both (`verify --fleet`). */
  readonly for?: readonly string[]
  /** Flags, by their long names, that say the opposite or the same in another way. */
  readonly not?: readonly string[]
}

/** One positional argument. Called SECRET it is a secret's name, and `NAME=value` is refused unseen. */
export interface Arg extends Belonging {
  readonly name: string
  readonly summary: string
  readonly required?: boolean
  /** The last argument only: takes all that are left (one at least when `required`). */
  readonly many?: boolean
  readonly choices?: readonly string[]
  /** The first argument only: words that are no such argument, but an action, where one stands alone. Flags and what
   *  follows `--` say nothing to it unless they name it. */
  readonly actions?: readonly string[]
}

/** One flag, under its long name. Values of secrets never come by a flag; a password comes as a file's path. */
export interface Flag extends Belonging {
  /** `list` may be given several times, or once with commas. */
  readonly type: 'boolean' | 'string' | 'integer' | 'list'
  readonly summary: string
  readonly short?: string
  /** What help calls the value: GROUP. */
  readonly value?: string
  readonly choices?: readonly string[]
  /** Where the choices are told, where they are too many for help: the hint of a refusal. */
  readonly choicesIn?: string
  /** Other long names for the same flag, without the dashes. */
  readonly also?: readonly string[]
}

export type Flags = Readonly<Record<string, Flag>>

/** What may follow `--`. */
export interface Rest extends Belonging {
  readonly name: string
  readonly summary: string
  readonly required?: boolean
}

export interface Example {
  readonly line: string
  readonly says: string
}

/** A JSON schema (2020-12) as a literal. */
export interface Schema {
  readonly [keyword: string]: unknown
}

type ArgValue<A extends Arg> = A extends { readonly many: true }
  ? readonly string[]
  : A extends { readonly required: true }
    ? string
    : string | undefined

type FlagValue<F extends Flag> = F['type'] extends 'boolean'
  ? boolean
  : F['type'] extends 'integer'
    ? number | undefined
    : F['type'] extends 'list'
      ? readonly string[]
      : string | undefined

export type ArgValues<A extends readonly Arg[]> = { readonly [K in A[number] as K['name']]: ArgValue<K> }
export type FlagValues<F extends Flags> = { readonly [K in keyof F]: FlagValue<F[K]> }

/** Progress for people, on stderr; silent under --quiet and --json. Never a value. */
export interface Report {
  (line: string): void
  /** One line for one host, shown only once the command has been running for half a second. */
  host(name: string, state: string): void
  /** A line under --quiet and --json as well: what somebody asked to be told. */
  always(line: string): void
}

/** What a command is called with. */
export interface Call<A, F> {
  readonly args: A
  readonly flags: F
  /** What stood after `--`; empty when the command declares no `rest`. */
  readonly rest: readonly string[]
  /** `-E`; undefined is the default environment. */
  readonly environment: string | undefined
  readonly ports: Ports
  readonly report: Report
  /** Aborts on SIGINT, SIGTERM and SIGHUP. Reading it takes over these signals: a command that never asks dies of
   *  them at once, as programs do. */
  readonly signal: AbortSignal
}

/** What a command hands back. */
export interface Result {
  /** For people, to stdout. A string is a message: control characters in it are escaped, a newline is added when it
   *  lacks one. Bytes and Secrets are the product itself and go out as they are. */
  readonly text?: string | Uint8Array | Secret
  /** For programs, under --json; matches the command's `output`. */
  readonly json: object
  /** How it ended, when not well (PARTIAL), or a status to pass through. */
  readonly exit?: Code | number
  /** The next command to type. */
  readonly next?: string
}

interface Description {
  readonly name: string
  readonly area: Area
  /** One line, small first letter, no full stop. */
  readonly summary: string
  /** More, as paragraphs; help prints it after the usage. */
  readonly about?: string
  readonly rest?: Rest
  readonly examples: readonly Example[]
  /** Schema of the --json object. False: the command prints nothing of its own (its output is another program's). */
  readonly output: Schema | false
  /** Called by other programs (git, ansible), not by people: not in the list of commands. */
  readonly hidden?: boolean
}

/** A command as main, help and completion see it. */
export interface Command extends Description {
  readonly args?: readonly Arg[]
  readonly flags?: Flags
  run(call: Call<Readonly<Record<string, ParsedArg>>, Readonly<Record<string, ParsedFlag>>>): Promise<Result>
}

export type ParsedArg = string | readonly string[] | undefined
export type ParsedFlag = boolean | string | number | readonly string[] | undefined

interface Definition<A extends readonly Arg[], F extends Flags> extends Description {
  readonly args?: A
  readonly flags?: F
  run(call: Call<ArgValues<A>, FlagValues<F>>): Promise<Result>
}

/** Gives `run` the types that `args` and `flags` declare: `args.SECRET` is a string, `flags.group` may be undefined. */
export function define<const A extends readonly Arg[] = [], const F extends Flags = Record<never, never>>(
  command: Definition<A, F>,
): Command
export function define(command: Command): Command {
  return command
}
