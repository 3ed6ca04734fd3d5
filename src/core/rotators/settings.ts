import { parseDuration } from '../duration.ts'
import { fail, type SecretsError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import { didYouMean } from '../suggest.ts'
import type { Credential } from '../rotate/credential.ts'
import type { Step } from '../rotate/rotator.ts'

/** Settings that every rotator has, read by the manifest itself. */
const general = ['with', 'every', 'overlap', 'hint'] as const

/** The `rotate:` map of one credential, for the settings that are its rotator's own. Each reading is null where the
 *  setting is absent, and CONFIG where it is of another type. */
export interface Settings {
  text(name: string): string | null
  /** One of these words. */
  word<T extends string>(name: string, words: readonly T[]): T | null
  flag(name: string): boolean | null
  integer(name: string, range: { readonly from: number; readonly to: number }): number | null
  /** Milliseconds. */
  duration(name: string): number | null
  texts(name: string): readonly string[] | null
  /** An error about one setting. */
  wrong(name: string, message: string, hint?: string): SecretsError
}

/** @param own names of the settings that this rotator has: any other is refused. @throws CONFIG */
export const settingsOf = ({ rotate }: Pick<Credential, 'rotate'>, own: readonly string[]): Settings => {
  const { settings, at } = rotate
  const known = [...general, ...own]
  const unknown = Object.keys(settings).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw fail('CONFIG', `the rotator ${rotate.with} has no setting ${unknown}${didYouMean(unknown, known)}`, {
      at,
      hint: `it has ${known.join(', ')}`,
    })
  }
  const wrong = (name: string, message: string, hint?: string): SecretsError =>
    fail('CONFIG', `${name}: ${message}`, { at, ...(hint === undefined ? {} : { hint }) })
  const given = (name: string): unknown => settings[name] ?? null
  const text = (name: string): string | null => {
    const value = given(name)
    if (value === null || (typeof value === 'string' && value !== '')) return value
    throw wrong(name, 'must be text')
  }
  return {
    text,
    wrong,
    word: (name, words) => {
      const value = text(name)
      const found = words.find((one) => one === value) ?? null
      if (value === null || found !== null) return found
      throw wrong(name, `must be one of ${words.join(', ')}${didYouMean(value, words)}`)
    },
    flag: (name) => {
      const value = given(name)
      if (value === null || typeof value === 'boolean') return value
      throw wrong(name, 'must be true or false')
    },
    integer: (name, { from, to }) => {
      const value = given(name)
      if (value === null) return null
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to) return value
      throw wrong(name, `must be a whole number from ${from} to ${to}`)
    },
    duration: (name) => {
      const value = text(name)
      const found = value === null ? null : parseDuration(value)
      if (value === null || found !== null) return found
      throw wrong(name, 'must be a length of time such as 60s or 24h')
    },
    texts: (name) => {
      const value = given(name)
      if (value === null) return null
      if (Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '')) return value
      throw wrong(name, 'must be a list of texts')
    },
  }
}

/** The secret of a credential that plays one part in it: the one that the setting names, else the only one whose name
 *  ends in one of `endings`. @throws CONFIG where it is none of the credential's, or not clear */
export const partOf = (
  { names, group }: Pick<Credential, 'names' | 'group'>,
  settings: Settings,
  setting: string,
  endings: readonly string[],
): string => {
  const named = settings.text(setting)
  if (named !== null) {
    if (names.includes(named)) return named
    throw settings.wrong(setting, `${named} is not a key of ${group}`, `its keys: ${names.join(', ')}`)
  }
  const [found, ...others] = names.filter((one) => endsIn(one, endings))
  if (found !== undefined && others.length === 0) return found
  const what = found === undefined ? 'no key of' : 'more than one key of'
  throw settings.wrong(
    setting,
    `${what} ${group} ends in ${endings.join(' or ')}`,
    `name it: rotate: { ${setting}: ${names[0] ?? 'NAME'} }`,
  )
}

/** As `partOf`, for a credential that may consist of that one secret alone. */
export const onlyOrPartOf = (
  credential: Pick<Credential, 'names' | 'group'>,
  settings: Settings,
  setting: string,
  endings: readonly string[],
): string => {
  const [only, ...others] = credential.names
  const isOnly = others.length === 0 && settings.text(setting) === null
  return isOnly && only !== undefined ? only : partOf(credential, settings, setting, endings)
}

/** As `partOf`; null where neither the setting nor a name says that the credential has such a part. */
export const partIfAny = (
  credential: Pick<Credential, 'names' | 'group'>,
  settings: Settings,
  setting: string,
  endings: readonly string[],
): string | null => {
  const isThere = settings.text(setting) !== null || credential.names.some((one) => endsIn(one, endings))
  return isThere ? partOf(credential, settings, setting, endings) : null
}

/** The secrets of a key pair, which `private` and `public` name. */
export interface PairNames {
  readonly secret: string
  /** Null: the pair is kept as its private half alone. */
  readonly open: string | null
}

/** @throws CONFIG where it is not clear which is which */
export const pairOf = (credential: Pick<Credential, 'names' | 'group'>, settings: Settings): PairNames => {
  const secret = onlyOrPartOf(credential, settings, 'private', ['PRIVATE', 'PRIVATE_KEY'])
  const others = { ...credential, names: credential.names.filter((name) => name !== secret) }
  const isAlone = others.names.length === 0 && settings.text('public') === null
  return { secret, open: isAlone ? null : partOf(others, settings, 'public', ['PUBLIC', 'PUBLIC_KEY']) }
}

const endsIn = (name: string, endings: readonly string[]): boolean =>
  endings.some((ending) => name.toUpperCase().endsWith(ending))

/** Another secret of the project that a setting names, such as an administrator's password.
 *  @throws CONFIG where it has no value, or an empty one */
export const secretNamed = (
  settings: Settings,
  setting: string,
  { secret }: Pick<Step, 'secret'>,
  name: string,
): Secret => {
  const found = secret(name)
  if (found !== null && found.bytes().length > 0) return found
  const hint = `lockstep set ${name} --group GROUP, in a group that no container is given`
  throw settings.wrong(setting, `${name} has no value`, hint)
}
