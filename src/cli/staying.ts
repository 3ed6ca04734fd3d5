import { defaultEnvironment } from '../core/manifest/environment.ts'
import { isPathName } from '../core/names.ts'
import type { Report } from './command.ts'
import { commands } from './commands/index.ts'

/** Commands to which -E says something. */
const names = Object.keys(commands).filter((name) => !['completion', 'vault-client'].includes(name))

const suggested = new RegExp(
  String.raw`(?<![\w/.-])lockstep (${names.join('|')})(?![\w-])(?! --help|[^\n,;:&]* -E )`,
  'g',
)

/** A message whose commands are for the environment that was asked for: `lockstep set KEY`, typed as it stands, would
 *  change another one. Commands that name an environment already, and `--help`, stay as they are. */
export const staying = (text: string, environment: string | undefined): string => {
  if (environment === undefined || environment === defaultEnvironment || !isPathName(environment)) return text
  return text.replace(suggested, `$& -E ${environment}`)
}

/** The same for what is said while a command runs. */
export const stayingReport = (report: Report, stay: (text: string) => string): Report =>
  Object.assign((line: string) => report(stay(line)), {
    host: report.host,
    always: (line: string) => report.always(stay(line)),
  })
