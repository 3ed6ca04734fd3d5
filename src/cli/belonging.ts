import { fail, type SecretsError } from '../core/errors.ts'
import type { Belonging, Command, Flag, ParsedArg } from './command.ts'

/** The action that was chosen, of a command that has some; null where it has none, or none was given. */
export const actionOf = (command: Command, args: Readonly<Record<string, ParsedArg>>): string | null => {
  const [first] = command.args ?? []
  const [word] = [first === undefined ? undefined : args[first.name]].flat()
  return actionIn(command, word)
}

/** The same of a command line's first word. */
export const actionIn = (command: Command, word: string | undefined): string | null =>
  word !== undefined && actionsOf(command).includes(word) ? word : null

/** All actions of a command. */
export const actionsOf = ({ args }: Pick<Command, 'args'>): readonly string[] =>
  args?.[0]?.choices ?? args?.[0]?.actions ?? []

/** How a number is given to this action, where one flag alone takes one; null: it is not. */
export const numberFlag = (command: Command, action: string | null): string | null => {
  const [only, ...others] = Object.entries<Flag>({ ...command.flags }).filter(
    ([, { type, for: needs = [] }]) => type === 'integer' && (needs.length === 0 || needs.includes(action ?? '')),
  )
  if (only === undefined || others.length > 0) return null
  return ['lockstep', command.name, ...(action === null ? [] : [action]), flagExample(...only)].join(' ')
}

/** What one part is, with what it belongs to: `prune: how many stay`. */
export const saysOf = ({ for: needs, summary }: Belonging & { readonly summary: string }): string => {
  if (needs === undefined) return summary
  if (needs.every((need) => need.startsWith('--'))) return `with ${needs.join(' or ')}: ${summary}`
  return `${needs.map((need) => need || 'alone').join(', ')}: ${summary}`
}

interface Given {
  readonly args: Readonly<Record<string, ParsedArg>>
  /** Long names. */
  readonly flags: ReadonlySet<string>
  readonly rest: readonly string[]
}

/** What says nothing to this action, or without another flag, is not swallowed. @throws USAGE */
export const checkBelonging = (command: Command, given: Given): void => {
  const action = actionOf(command, given.args)
  const [first] = command.args ?? []
  // an action beside other words: what does not name it is about these
  const isBare = action !== null && first?.actions?.includes(action) === true
  if (isBare && [given.args[first?.name ?? '']].flat().length > 1) throw alone(command, action)
  const isMet = (need: string): boolean =>
    need.split(' ').every((word) => (word.startsWith('--') ? given.flags.has(word.slice(2)) : word === (action ?? '')))
  const check = (shown: string, part: Belonging, example: string, instead: string | null = null): void => {
    const { for: needs = isBare ? [''] : [], not = [] } = part
    const against = not.find((name) => given.flags.has(name))
    if (against !== undefined) throw contradiction(command, shown, `--${against}`)
    if (needs.length > 0 && !needs.some(isMet)) throw misplaced(command, { shown, example, needs, action, instead })
  }
  for (const arg of (command.args ?? []).slice(isBare ? 1 : 0)) {
    const word = given.args[arg.name]
    const instead = isNumber(word) ? numberFlag(command, action) : null
    if (isGiven(word)) check(arg.name, arg, arg.name, instead)
  }
  for (const [name, flag] of Object.entries<Flag>({ ...command.flags })) {
    if (given.flags.has(name)) check(`--${name}`, flag, flagExample(name, flag))
  }
  if (command.rest !== undefined && given.rest.length > 0)
    check(`-- ${command.rest.name}`, command.rest, `-- ${command.rest.name}`)
}

const isNumber = (word: ParsedArg): boolean => typeof word === 'string' && /^\d+$/.test(word)

const isGiven = (value: ParsedArg): boolean => (typeof value === 'string' ? true : (value ?? []).length > 0)

const flagExample = (name: string, flag: Flag): string =>
  flag.type === 'boolean' ? `--${name}` : `--${name} ${flag.value ?? 'N'}`

const needExample = (command: Command, word: string): string => {
  const flag = word.startsWith('--') ? command.flags?.[word.slice(2)] : undefined
  return flag === undefined ? word : flagExample(word.slice(2), flag)
}

const contradiction = (command: Command, one: string, other: string): SecretsError =>
  fail('USAGE', `${one} and ${other} do not go together`, { at: one, hint: `lockstep ${command.name} --help` })

const alone = (command: Command, action: string): SecretsError =>
  fail('USAGE', `lockstep ${command.name} ${action} takes no other word`, {
    at: action,
    hint: `lockstep ${command.name} ${action} alone; a group of that name is named by its secrets`,
  })

const misplaced = (
  command: Command,
  found: {
    readonly shown: string
    readonly example: string
    readonly needs: readonly string[]
    readonly action: string | null
    /** What is probably meant; null: the same with what it belongs to. */
    readonly instead: string | null
  },
): SecretsError => {
  const { shown, example, needs, action, instead } = found
  const called = [command.name, ...(action === null ? [] : [action])].join(' ')
  const wanted = needs.filter((need) => action !== null && need.startsWith(`${action} `))
  const others = wanted.length > 0 ? wanted.map((need) => need.slice(need.indexOf(' ') + 1)) : needs
  const message = others.every((need) => need.startsWith('--'))
    ? `${shown} says nothing without ${others.join(' or ')}`
    : `${shown} says nothing to lockstep ${called}`
  const [first = ''] = wanted.length > 0 ? wanted : needs
  const words = first.split(' ').map((word) => needExample(command, word))
  const fitting = ['lockstep', command.name, ...words.filter((word) => word !== ''), example].join(' ')
  return fail('USAGE', message, { at: shown, hint: instead ?? fitting })
}
