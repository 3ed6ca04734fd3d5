import { parseDotenv } from '../../core/formats/dotenv.ts'
import { parseDockerEnv } from '../../core/formats/env-docker.ts'
import { parseJsonEnv } from '../../core/formats/env-json.ts'
import { fail, hasCode } from '../../core/errors.ts'
import { readYamlTexts } from '../../core/formats/inline-vault.ts'
import { isPathName } from '../../core/names.ts'
import { Secret } from '../../core/secret.ts'
import { isVault, openVault } from '../../crypto/ansible-vault.ts'

export type ImportFormat = 'dotenv' | 'docker' | 'json' | 'yaml'

export const importFormats: readonly ImportFormat[] = ['dotenv', 'docker', 'json', 'yaml']

/** One file as it was found. */
export interface ImportSource {
  /** As the person wrote it: for messages, and to guess group and format from. */
  readonly shown: string
  readonly bytes: Uint8Array
}

export interface ImportedSecret {
  readonly name: string
  readonly value: Secret
  /** `file:line` */
  readonly at: string
  /** The group that the file's name suggests; null when it suggests none. */
  readonly group: string | null
}

export interface ReadSource {
  readonly secrets: readonly ImportedSecret[]
  /** Was any of these values to be read without a key? */
  readonly plain: boolean
  /** Names whose values have quotes around them that this format takes as part of the value. */
  readonly quoted: readonly string[]
}

/** Reads one file: dotenv, docker's env file, a flat JSON object, Ansible variables with `!vault` strings, or any of
 *  these sealed whole with ansible-vault. `passwords` are tried in order on what is sealed.
 *  @throws CONFIG with file and line, never with any of the text; TAMPERED when no password opens it */
export const readImportSource = async (
  source: ImportSource,
  passwords: readonly Secret[],
  format?: ImportFormat,
): Promise<ReadSource> => {
  const { shown } = source
  const whole = isVault(source.bytes)
  const text = decode(whole ? await openWithOne(source.bytes, passwords, shown) : source.bytes, shown)
  const chosen = format ?? guessFormat(shown, text)
  const entries = chosen === 'yaml' ? await readYaml(text, whole, passwords, shown) : readFlat(chosen, text, shown)
  const group = suggestedGroup(shown)
  return {
    secrets: entries.map(({ name, value, line }) => ({ name, value, at: `${shown}:${line}`, group })),
    plain: !whole && entries.some((entry) => !entry.sealed),
    quoted: chosen === 'docker' ? entries.filter(isQuoted).map(({ name }) => name) : [],
  }
}

interface Entry {
  readonly name: string
  readonly value: Secret
  readonly line: number
  readonly sealed: boolean
}

const isQuoted = ({ value }: Entry): boolean => /^(["']).*\1$/s.test(value.reveal())

const flatReaders = { dotenv: parseDotenv, docker: parseDockerEnv, json: parseJsonEnv } as const

const readFlat = (format: Exclude<ImportFormat, 'yaml'>, text: string, at: string): readonly Entry[] =>
  flatReaders[format](text, { at }).map((entry) => ({ ...entry, sealed: false }))

const readYaml = (
  text: string,
  whole: boolean,
  passwords: readonly Secret[],
  shown: string,
): Promise<readonly Entry[]> =>
  Promise.all(
    readYamlTexts(text, { at: shown, sealedOnly: !whole }).map(async ({ name, sealed, text: content, line, at }) => {
      const value = sealed ? await openWithOne(new TextEncoder().encode(content), passwords, at) : content
      return { name, sealed, line, value: new Secret(value) }
    }),
  )

const openWithOne = async (file: Uint8Array, passwords: readonly Secret[], at: string): Promise<Uint8Array> => {
  let refusal: Error = fail('INTERNAL', 'no password to try', { at })
  for (const password of passwords) {
    try {
      return (await openVault(file, password, { at })).plaintext
    } catch (error) {
      if (!hasCode(error, 'TAMPERED')) throw error
      refusal = fail('TAMPERED', error.message, {
        at: error.at ?? at,
        hint: '--source-password-file FILE names the file with the password it was sealed with',
      })
    }
  }
  throw refusal
}

const decode = (bytes: Uint8Array, at: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError)
      throw fail('CONFIG', 'not text in UTF-8', { at, hint: 'iconv -f latin1 -t utf-8, where it is of that kind' })
    throw error
  }
}

const guessFormat = (shown: string, text: string): ImportFormat => {
  if (/\.json$/i.test(shown) || /^\ufeff?\s*\{/.test(text)) return 'json'
  return /\.ya?ml$/i.test(shown) || /^---\s*$/m.test(text.slice(0, 200)) || /:[ \t]+!vault[ \t]/.test(text)
    ? 'yaml'
    : 'dotenv'
}

/** `aws.env`, `aws.json`, `.env.aws` suggest `aws`; `.env`, `all-secrets.env` and standard input nothing. */
const suggestedGroup = (shown: string): string | null => {
  const base = shown.slice(shown.lastIndexOf('/') + 1)
  const name = /^\.env\.(.+)$/.exec(base)?.[1] ?? base.replace(/\.(?:env|json|ya?ml|txt|vault)$/i, '')
  return isPathName(name) && name !== 'all-secrets' && base !== name ? name : null
}
