import { oneOf, type Shape } from '../shape.ts'
import type { WatchEvent } from './event.ts'
import { kindOf } from './event-words.ts'

/** `watch`: of the watch itself. `ours`: a call of lockstep's. `expected`: a declared program reads what it was given.
 *  `foreign`: anything else. */
export type Verdict = 'watch' | 'ours' | 'expected' | 'foreign'

export const verdict: Shape<Verdict> = oneOf('watch', 'ours', 'expected', 'foreign')

/** What is meant to read on one host. */
export interface MeantToRead {
  readonly project: string
  readonly environment: string
  /** Declared there, with the systemd unit of one that is a unit. */
  readonly containers: readonly { readonly name: string; readonly unit: string | null }[]
}

/** Was this meant? Pure. */
export const judge = (event: WatchEvent, meant: MeantToRead): Verdict => {
  if (event.path === null) return 'watch'
  if (event.ours) return 'ours'
  const owner = scopeOwner(event.path)
  return kindOf(event) === 'read' && owner !== null && owner === readerOf(event, meant) ? 'expected' : 'foreign'
}

/** The declared container that the process belongs to; null: none. A label of a container that nobody declared says
 *  nothing. */
const readerOf = (
  { container, unit }: WatchEvent,
  { project, environment, containers }: MeantToRead,
): string | null => {
  if (container === null) return containers.find((one) => one.unit !== null && one.unit === unit)?.name ?? null
  if (container.project !== project || container.environment !== environment) return null
  return containers.find((one) => one.name === container.container)?.name ?? null
}

/** The container in whose scope a path lies. */
const scopeOwner = (path: string): string | null => ownScope.exec(path)?.[1] ?? null

const ownScope = /^(?:generations\/\d+\/containers|live)\/([^/]+)\/./
