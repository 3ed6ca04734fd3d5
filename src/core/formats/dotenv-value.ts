import { fail } from '../errors.ts'
import { checkSecretName } from '../names.ts'
import type { Secret } from '../secret.ts'

/** A value as text, exactly. @throws USAGE for what no environment variable can hold: NUL, or bytes that are not UTF-8 */
export const textOf = (name: string, value: Secret): string => {
  const text = decode(value.bytes())
  if (text !== null && !text.includes('\0')) return text
  throw fail('USAGE', `${name} is not text`, { hint: 'store it coded: base64 FILE | lockstep set NAME' })
}

const decode = (bytes: Uint8Array): string | null => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}

/** One assignment of a dotenv file, without the line end behind it. Any text can be written; see
 *  `portabilityBreach` for what other readers make of it.
 *  @throws USAGE for a bad name, or a value that is not text */
export const formatDotenvEntry = (name: string, value: Secret): string =>
  `${checkSecretName(name)}=${quoteDotenv(textOf(name, value))}`

/** The value quoted so that `sh` reads it back whole, and every other reader too where that is possible at all. */
export const quoteDotenv = (text: string): string => {
  if (/^[A-Za-z0-9_./:@%+,=-]+$/.test(text)) return text
  // python-dotenv halves `\\` and takes `\'` for a quote even inside single quotes.
  if (!/'|\\\\|\\$/.test(text)) return `'${text}'`
  return `"${text.replace(/[\\"$`]/g, '\\$&')}"`
}

/** Why `sh`, Node's parseEnv and python-dotenv would not all read this value back the same, however it is quoted.
 *  Null when they do. */
export const portabilityBreach = (text: string): string | null => {
  if (text.includes('\r')) return 'a carriage return, which Node drops and Python turns into a line end'
  if (/\$\{[^}:]*(?::-[^}]*)?\}/.test(text)) return 'a ${…}, which python-dotenv replaces even inside single quotes'
  if (/\\\\|\\$/.test(text)) return 'a double or final backslash, which python-dotenv changes even inside single quotes'
  if (text.includes("'") && /["$`\\]/.test(text)) {
    return 'a single quote together with one of " $ ` \\, which no quoting gives to shells and to Node alike'
  }
  return null
}
