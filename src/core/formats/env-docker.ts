import type { DotenvEntry } from './dotenv.ts'
import { fail } from '../errors.ts'
import { isSecretName } from '../names.ts'
import { Secret } from '../secret.ts'

/** Reads a file as `docker run --env-file` does: everything behind the first `=` is the value, quotes and blanks and `#`
 *  included; lines starting with `#` are comments. A name alone, which docker fills from the caller's environment, is
 *  refused, and so is a name that is there twice.
 *  @throws CONFIG with file and line, never with any of the text */
export const parseDockerEnv = (source: string, options: { readonly at?: string } = {}): readonly DotenvEntry[] => {
  const entries = new Map<string, DotenvEntry>()
  const lines = (source.startsWith('\ufeff') ? source.slice(1) : source).split(/\r?\n/)
  for (const [index, raw] of lines.entries()) {
    const text = raw.trimStart()
    if (text === '' || text.startsWith('#')) continue
    const [name, line] = [text.slice(0, Math.max(0, text.indexOf('='))), index + 1]
    const refuse = (message: string, hint: string): Error =>
      fail('CONFIG', message, { at: options.at === undefined ? `line ${line}` : `${options.at}:${line}`, hint })
    if (!isSecretName(name)) throw refuse('this line is not NAME=value', 'one line a secret, no blanks around =')
    const first = entries.get(name)
    if (first !== undefined) throw refuse(`${name} is set twice, first on line ${first.line}`, 'keep one of the two')
    entries.set(name, { name, value: new Secret(text.slice(name.length + 1)), line })
  }
  return Array.from(entries.values())
}
