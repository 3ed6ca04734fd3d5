import type { Command, Flag, Flags } from './command.ts'
import { unknownFlag, usage } from './refusals.ts'

/** Words and flags of a command line, before anything is required of them. */
export interface Split {
  readonly words: readonly string[]
  /** By the place of a word: the flag just before it, which took no value. */
  readonly behind: ReadonlyMap<number, string>
  readonly given: ReadonlyMap<string, readonly string[]>
  readonly rest: readonly string[] | null
}

export const splitWords = (command: Command, known: Flags, argv: readonly string[]): Split => {
  const words: string[] = []
  const given = new Map<string, string[]>()
  const behind = new Map<number, string>()
  const give = (name: string, value: string): void => void given.set(name, [...(given.get(name) ?? []), value])
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (word === '--') {
      if (command.rest !== undefined) return { words, behind, given, rest: argv.slice(i + 1) }
      return { words: [...words, ...argv.slice(i + 1)], behind, given, rest: null }
    }
    if (word === '-' || !word.startsWith('-')) {
      const before = argv[i - 1] ?? ''
      if (before.startsWith('--') && command.flags?.[before.slice(2)]?.type === 'boolean')
        behind.set(words.length, before)
      words.push(word)
    } else {
      const used = takeFlag(known, word, argv[i + 1], give, command)
      i += used
    }
  }
  return { words, behind, given, rest: null }
}

/** Reads one word of flags; 1 when it also used the next word as its value. */
const takeFlag = (
  known: Flags,
  word: string,
  next: string | undefined,
  give: (name: string, value: string) => void,
  command: Command,
): 0 | 1 => {
  if (!word.startsWith('--')) return takeShort(known, word, next, give, command)
  const equals = word.indexOf('=')
  const typed = equals < 0 ? word.slice(2) : word.slice(2, equals)
  const entry = Object.entries(known).find(([name, flag]) => name === typed || flag.also?.includes(typed))
  if (entry === undefined) throw unknownFlag(known, typed, command)
  const [name, flag] = entry
  if (flag.type === 'boolean') {
    if (equals >= 0) throw usage(command, `--${typed} takes no value`)
    give(name, 'true')
    return 0
  }
  if (equals >= 0) {
    give(name, word.slice(equals + 1))
    return 0
  }
  give(name, needValue(next, `--${typed}`, flag, command))
  return 1
}

/** `-qE staging`, `-Estaging`: letters that take no value may stand together. */
const takeShort = (
  known: Flags,
  word: string,
  next: string | undefined,
  give: (name: string, value: string) => void,
  command: Command,
): 0 | 1 => {
  for (let i = 1; i < word.length; i++) {
    const entry = Object.entries(known).find(([, flag]) => flag.short === word[i])
    if (entry === undefined) throw unknownFlag(known, word[i] ?? '', command)
    const [name, flag] = entry
    if (flag.type === 'boolean') {
      give(name, 'true')
      continue
    }
    const attached = word.slice(i + 1).replace(/^=/, '')
    give(name, attached === '' ? needValue(next, `-${word[i]}`, flag, command) : attached)
    return attached === '' ? 1 : 0
  }
  return 0
}

const needValue = (next: string | undefined, shown: string, flag: Flag, command: Command): string => {
  if (next !== undefined && next !== '--' && (!next.startsWith('-') || next === '-')) return next
  throw usage(command, `${shown} needs a value: ${shown} ${flag.value ?? 'VALUE'}`)
}
