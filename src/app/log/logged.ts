import { SecretsError } from '../../core/errors.ts'
import type { AccessResult, Action, Names } from '../../core/log/entry.ts'
import type { AccessLog } from './access-log.ts'

interface Opening {
  readonly action: Exclude<Action, 'log'>
  readonly names?: Names
  readonly goesOn?: boolean
  /** Fails where the project does not open, and so nothing can be written. */
  keys(): Promise<unknown>
  opened(): Names
}

interface Use<T> extends Opening {
  readonly found?: (done: T) => { readonly names?: Names; readonly result?: AccessResult }
}

/** Does the work with its entries around it. */
export const logged = async <T>(log: AccessLog, use: Use<T>, work: () => Promise<T>): Promise<T> => {
  const { action, names = {} } = use
  if (action === 'change' || action === 'deliver') {
    await refusing(log, use, use.keys)
    await log.write({ action, names, result: 'begun' })
  }
  const done = await refusing(log, use, work)
  if (use.goesOn === true) return done
  const { names: found = releasedBy(use), result = 'done' } = use.found?.(done) ?? {}
  const told = { action, names: merged(names, found), result }
  // what has happened cannot be taken back; what only leaves now can be kept
  await (action === 'read' ? log.write(told) : log.tell(told))
  if (action === 'deliver') await log.anchor()
  return done
}

/** A look opens whatever it compares and hands none of it out: its entry would name every secret each time. */
const releasedBy = ({ action, opened }: Pick<Opening, 'action' | 'opened'>): Names =>
  action === 'look' ? {} : opened()

const refusing = async <T>(log: AccessLog, use: Opening, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    const result = error instanceof SecretsError ? error.code : 'INTERNAL'
    const told = { action: use.action, names: merged(use.names ?? {}, releasedBy(use)), result } as const
    await ((await isOpen(use)) ? log.tell(told) : log.refuse(told))
    throw error
  }
}

const isOpen = async ({ keys }: Pick<Opening, 'keys'>): Promise<boolean> => {
  try {
    await keys()
    return true
  } catch (error) {
    if (error instanceof SecretsError) return false
    throw error
  }
}

const merged = (a: Names, b: Names): Names => {
  const both = (key: 'secrets' | 'groups' | 'hosts' | 'files'): readonly string[] => [
    ...new Set([...(a[key] ?? []), ...(b[key] ?? [])]),
  ]
  return {
    secrets: both('secrets'),
    groups: both('groups'),
    hosts: both('hosts'),
    files: both('files'),
    password: a.password === true || b.password === true,
  }
}
