import { fail } from './errors.ts'

/** Names of environment variables as POSIX shells take them; what a secret is called. */
export const isSecretName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)

/** Groups, containers, environments and projects name files and directories: small letters, digits, `-` and `_`,
 *  starting with a letter or digit, at most 63 characters. Nothing here can leave its directory or look like a flag. */
export const isPathName = (name: string): boolean => /^[a-z0-9][a-z0-9_-]{0,62}$/.test(name)

/** Inventory names of hosts become file names too: dots are allowed inside, capital letters as well. */
export const isHostName = (name: string): boolean =>
  /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/.test(name) && !name.includes('..')

/** @throws USAGE naming the rule */
export const checkHostName = (name: string): string => {
  if (isHostName(name)) return name
  throw fail('USAGE', `${quoteName(name)} cannot be a host's name`, {
    hint: 'the name of one host, as the inventory has it: letters, digits, dots and dashes',
  })
}

/** @throws USAGE naming the rule */
export const checkSecretName = (name: string): string => {
  if (isSecretName(name)) return name
  throw fail('USAGE', `${quoteName(name)} cannot be a secret's name`, {
    hint: 'letters, digits and _ only, not starting with a digit, as in AWS_SECRET_ACCESS_KEY',
  })
}

/** A name from outside, made safe to print: control, bidi and other invisible characters are shown escaped, long
 *  names are cut. */
export const quoteName = (name: string): string => {
  const shown = name.length > 80 ? `${name.slice(0, 80)}…` : name
  return /^[\w./:@+%,=-]+$/.test(shown) ? shown : JSON.stringify(shown).replace(/[^\x20-\x7e…]/g, escapeUnit)
}

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/** The file that holds every secret of a scope's groups. */
export const unionFile = 'all-secrets.env'

/** Names in a sentence: all of them, or the first five and how many more. */
export const few = (names: readonly string[]): string =>
  names.length <= 6 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`

/** `1 host`, `2 hosts`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
