import type { Flags } from './command.ts'

/** Flags every command takes. */
export const globalFlags: Flags = {
  environment: { type: 'string', short: 'E', value: 'NAME', summary: 'which environment of the project' },
  help: { type: 'boolean', short: 'h', summary: 'say how this is used' },
  version: { type: 'boolean', short: 'V', summary: 'say which version this is' },
  json: { type: 'boolean', summary: 'print one JSON object; errors as JSON on stderr' },
  quiet: { type: 'boolean', short: 'q', summary: 'no progress, no hints; results and errors only' },
  reason: { type: 'string', value: 'TEXT', summary: 'why: for the access log (or LOCKSTEP_REASON)' },
  'break-glass': { type: 'boolean', summary: 'emergency, with --reason: go on where the access log cannot be written' },
  color: { type: 'string', value: 'WHEN', choices: ['auto', 'never'], summary: 'never, or auto (a terminal)' },
}

export interface Globals {
  readonly environment: string | undefined
  readonly help: boolean
  readonly version: boolean
  readonly json: boolean
  readonly quiet: boolean
  readonly color: string | undefined
  readonly reason: string | undefined
  readonly breakGlass: boolean
}

/** The command's name (the first word that is neither a global flag nor a global flag's value) and the arguments
 *  without it. Null when there is none. */
export const findCommand = (argv: readonly string[]): { name: string; argv: readonly string[] } | null => {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (word === '--') return null
    if (!word.startsWith('-') || word === '-') {
      return { name: word, argv: [...argv.slice(0, i), ...argv.slice(i + 1)] }
    }
    if (['-E', '--environment', '--color', '--reason'].includes(word)) i++
  }
  return null
}

/** The globals alone, read leniently, so that an error in the rest can be printed as asked. */
export const peekGlobals = (
  argv: readonly string[],
): Pick<Globals, 'json' | 'quiet' | 'color' | 'help' | 'version' | 'environment'> => {
  const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  const has = (...names: readonly string[]): boolean => own.some((word) => names.includes(word))
  const colored = own.indexOf('--color')
  return {
    json: has('--json'),
    quiet: has('--quiet', '-q'),
    help: has('--help', '-h'),
    version: has('--version', '-V'),
    environment: peekEnvironment(own),
    color: has('--color=never') || (colored >= 0 && own[colored + 1] === 'never') ? 'never' : undefined,
  }
}

const peekEnvironment = (argv: readonly string[]): string | undefined => {
  for (const [i, word] of argv.entries()) {
    const [, attached] = /^(?:--environment=|-q?E)(.*)$/.exec(word) ?? []
    if (attached !== undefined && attached !== '') return attached
    if (attached === '' || word === '--environment') return argv[i + 1]
  }
  return undefined
}
