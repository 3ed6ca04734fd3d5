import { fail, type SecretsError } from '../core/errors.ts'
import { isHostName, quoteName } from '../core/names.ts'
import { nearest } from '../core/suggest.ts'
import { actionIn, numberFlag } from './belonging.ts'
import type { Arg, Command, Flag, Flags } from './command.ts'
import type { Split } from './split-words.ts'

/** What is said of a command line that cannot be taken. None repeats a word that might be a value. */
export const usage = (command: Command, message: string, hint?: string): SecretsError =>
  fail('USAGE', message, { hint: hint ?? `lockstep ${command.name} --help` })

export const unknownCommand = (name: string, names: readonly string[]): SecretsError => {
  const meant = nearest(name, names)
  return fail('USAGE', `no command ${quoteName(name)}`, {
    hint: meant === null ? 'lockstep --help lists them' : `did you mean lockstep ${meant}?`,
  })
}

const inventoryHint = 'inventory: FILE in lockstep.yaml names it, or -E NAME another environment'

/** `typed` is one letter, or a long name without its dashes. */
export const unknownFlag = (known: Flags, typed: string, command: Command): SecretsError => {
  const isLetter = typed.length === 1
  const names = Object.entries(known).flatMap(([name, flag]) => [name, ...(flag.also ?? [])])
  const meant = isLetter ? null : nearest(typed, names)
  const dashes = isLetter ? '-' : '--'
  const isShown = meant !== null || /^([A-Za-z]|[a-z]+(-[a-z]+)*)$/.test(typed)
  const hint = forAnsible(command, typed, dashes) ?? (meant === null ? undefined : `did you mean --${meant}?`)
  const shown = isShown ? ` ${dashes}${typed}` : ''
  return usage(command, isLetter ? `unknown flag${shown}` : `${command.name} has no flag${shown}`, hint)
}

const ofAnsible: readonly string[] =
  'K k b e f J u v ask-become-pass ask-pass ask-vault-pass become become-method become-user extra-vars forks private-key user verbose vault-id'.split(
    ' ',
  )

const forAnsible = (command: Command, typed: string, dashes: string): string | undefined => {
  if (command.rest === undefined || command.flags?.['hosts'] === undefined) return undefined
  if (typed === 'i' || typed === 'inventory') return inventoryHint
  return ofAnsible.includes(typed) ? `behind --: lockstep ${command.name} -- ${dashes}${typed}` : undefined
}

/** More are neither listed in help nor in a refusal. */
export const mostChoices = 12

/** `what` is the flag or the argument. @throws USAGE for a word that is none of its choices */
export const checkChoice = (
  command: Command,
  what: string,
  { choices, choicesIn, value = 'word' }: Pick<Flag, 'choices' | 'choicesIn' | 'value'>,
  given: string,
): void => {
  if (choices === undefined || choices.includes(given)) return
  const meant = nearest(given, choices)
  const message =
    choices.length > mostChoices ? `${what} knows no such ${value}` : `${what} must be one of ${choices.join(', ')}`
  const hint = meant === null ? (choicesIn ?? `lockstep ${command.name} --help`) : `did you mean ${meant}?`
  throw fail('USAGE', message, { at: what, hint })
}

/** More words than the command takes. */
export const tooMany = (
  command: Command,
  declared: readonly Arg[],
  { words, behind }: Pick<Split, 'words' | 'behind'>,
): SecretsError => {
  const names = declared.map((arg) => arg.name)
  if (names.includes('SECRET')) {
    return usage(
      command,
      `${command.name} takes ${names.join(' ')} and nothing more`,
      command.name === 'set'
        ? 'a value never stands on the command line: it is asked for, or read from standard input'
        : `one name at a time: lockstep ${command.name} SECRET`,
    )
  }
  const takes = names.length === 0 ? 'no arguments' : `${names.join(' ')} and nothing more`
  const surplus = words.slice(declared.length)
  const bare = behind.get(declared.length) ?? null
  const hint =
    bare === null ? meantBy(command, words, surplus) : `${bare} takes no value: lockstep ${command.name} ${bare}`
  return usage(command, `${command.name} takes ${takes}`, hint)
}

/** A number stands behind the flag that takes one, hosts behind --hosts, a program behind --. */
const meantBy = (command: Command, words: readonly string[], surplus: readonly string[]): string | undefined => {
  const isNumber = (word: string): boolean => /^\d+$/.test(word)
  if (surplus.every(isNumber)) return numberFlag(command, actionIn(command, words[0])) ?? undefined
  if (command.args !== undefined || words.length === 0 || !words.every(isHostName) || words.some(isNumber))
    return undefined
  if (aboutHosts.has(command.name)) return `lockstep ${command.name} --hosts ${words.join(',')}`
  return command.rest?.required === true ? `lockstep ${command.name} -- ${words.join(' ')}` : undefined
}

/** Of these a bare word is most likely a host. */
const aboutHosts: ReadonlySet<string> = new Set(['setup', 'deploy', 'status', 'audit', 'watch'])
