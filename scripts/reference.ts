/** docs/reference/: pages made from the commands' literals, the error table and the manifest's schema. Run it after
 *  changing one of these; a test compares. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { saysOf } from '../src/cli/belonging.ts'
import { areas, type Command } from '../src/cli/command.ts'
import { commands } from '../src/cli/commands/index.ts'
import { flagSummary, flagWord, usageLine } from '../src/cli/help.ts'
import { globalFlags } from '../src/cli/globals.ts'
import { codes } from '../src/core/errors.ts'
import { manifestPage } from './reference-manifest.ts'

const made = 'Made by `npm run reference` from the source; edit that, not this.'

/** Paths from the repository's root, with their text. */
export const referencePages = async (): Promise<ReadonlyMap<string, string>> => {
  const all = await Promise.all(Object.values(commands).map(async (load) => (await load()).command))
  return new Map([
    ['docs/reference/commands.md', commandsPage(all)],
    ['docs/reference/errors.md', errorsPage()],
    ['docs/reference/manifest.md', manifestPage(made)],
    ['docs/reference/output.schema.json', outputSchemas(all)],
  ])
}

const cell = (text: string): string => text.trim().replaceAll('|', '\\|').replaceAll('\n', ' ')

const markdownTable = (heading: readonly string[], rows: readonly (readonly string[])[]): string => {
  const lines = [heading, heading.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`)
  return `${lines.join('\n')}\n`
}

const flagsTable = (flags: Command['flags']): string =>
  markdownTable(
    ['flag', 'meaning'],
    Object.entries(flags ?? {}).map(([name, flag]) => [`\`${flagWord(name, flag).trim()}\``, flagSummary(flag)]),
  )

const commandSection = (command: Command): string => {
  const parts = [`### lockstep ${command.name}\n\n${command.summary}\n\n    ${usageLine(command)}\n`]
  if (command.about !== undefined) parts.push(`${command.about.trim()}\n`)
  const args = [...(command.args ?? []), ...(command.rest === undefined ? [] : [command.rest])]
  const rows = args.map((arg) => [arg.name, saysOf(arg)])
  if (rows.length > 0) parts.push(markdownTable(['argument', 'meaning'], rows))
  if (command.flags !== undefined) parts.push(flagsTable(command.flags))
  if (command.examples.length > 0) {
    parts.push(
      markdownTable(
        ['example', ''],
        command.examples.map(({ line, says }) => [`\`${line}\``, says]),
      ),
    )
  }
  return parts.join('\n')
}

const commandsPage = (all: readonly Command[]): string => {
  const parts = [`# Commands\n\n${made}\n`, `Every command takes these as well:\n\n${flagsTable(globalFlags)}`]
  parts.push('What `--json` prints is described by [output.schema.json](output.schema.json).\n')
  for (const area of areas) {
    const shown = all.filter((command) => command.area === area && command.hidden !== true)
    if (shown.length > 0) parts.push(`## ${area}\n`, ...shown.map(commandSection))
  }
  const hidden = all.filter((command) => command.hidden === true)
  if (hidden.length > 0) parts.push('## called by other programs\n', ...hidden.map(commandSection))
  return parts.join('\n')
}

const errorsPage = (): string => {
  const rows = Object.entries(codes).map(([code, { exit, http, next, meaning }]) => {
    const chain = { no: 'never', end: 'yes', rule: 'only where the chain says so' }[next]
    return [code, meaning, String(exit), String(http), chain]
  })
  const table = markdownTable(['code', 'meaning', 'exit', 'http', 'is the next provider asked?'], rows)
  return `# Errors and exit codes

${made}

Every failure has one of these codes: the exit status of the program, \`error.code\` under \`--json\`, the \`code\` of a
\`SecretsError\` in the library, and the status of the HTTP doors. 0 is success, 128 + N is death by signal N.

${table}`
}

const outputSchemas = (all: readonly Command[]): string => {
  const error = {
    type: 'object',
    properties: {
      error: {
        type: 'object',
        properties: {
          code: { enum: Object.keys(codes) },
          message: { type: 'string' },
          at: { type: 'string' },
          hint: { type: 'string' },
        },
        required: ['code', 'message'],
        additionalProperties: false,
      },
    },
    required: ['error'],
    additionalProperties: false,
  }
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'What each command prints under --json, by its name; `error` is what any of them prints on stderr',
    $defs: Object.fromEntries([['error', error], ...all.map((command) => [command.name, command.output] as const)]),
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '..')
  for (const [path, text] of await referencePages()) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}
