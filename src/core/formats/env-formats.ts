import { quoted } from '../host-text.ts'
import { portabilityBreach, quoteDotenv, textOf } from './dotenv-value.ts'
import { fail } from '../errors.ts'
import { checkSecretName } from '../names.ts'
import type { Secret } from '../secret.ts'

/** How `export` can write secrets. */
export type EnvFormat = 'dotenv' | 'docker' | 'json' | 'shell'

export const envFormats: readonly EnvFormat[] = ['dotenv', 'docker', 'json', 'shell']

/** The secrets in one format, in the order given, line end at the end.
 *  `dotenv`: what `sh`, Node's parseEnv and python-dotenv all read the same. `docker`: for `docker run --env-file`,
 *  values as they are. `shell`: `export NAME='…'` for `eval` or `.`. `json`: one object of texts.
 *  @throws USAGE naming the secret that the format cannot carry, and why */
export const writeEnv = (format: EnvFormat, secrets: ReadonlyMap<string, Secret>): string => {
  const entries = Array.from(secrets, ([name, value]) => [checkSecretName(name), textOf(name, value)] as const)
  if (format === 'json') return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`
  const write = lineWriters[format]
  return entries.map(([name, text]) => `${write(name, text)}\n`).join('')
}

type LineWriter = (name: string, text: string) => string

const lineWriters: Readonly<Record<Exclude<EnvFormat, 'json'>, LineWriter>> = {
  dotenv: (name, text) => {
    const breach = portabilityBreach(text)
    if (breach !== null) throw refuse(name, 'dotenv', breach)
    return `${name}=${quoteDotenv(text)}`
  },
  docker: (name, text) => {
    if (/[\r\n]/.test(text)) throw refuse(name, 'docker', 'a line end, for which env files of docker have no spelling')
    // docker's reader gives up on longer lines.
    if (new TextEncoder().encode(text).length + name.length > 60_000) throw refuse(name, 'docker', 'a very long line')
    return `${name}=${text}`
  },
  shell: (name, text) => `export ${name}=${quoted(text)}`,
}

const refuse = (name: string, format: string, what: string): Error =>
  fail('USAGE', `${name} cannot be written as ${format}: it has ${what}`, {
    hint: 'export it with --format json or --format shell, or let the program read it with lockstep run',
  })
