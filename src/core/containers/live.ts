import type { Container } from '../manifest/manifest-container.ts'
import type { Shape } from '../shape.ts'
import { flag, integer, list, shape, text } from '../shape.ts'

/** Where a container that takes new values without being re-created sees its live directory. */
export const liveInside = '/run/lockstep'

/** Holds copies of that container's scope alone; `current` in it is a link, which a bind mount of it follows. */
export const liveDirectory = (directory: string, container: string): string => `${directory}/live/${container}`

/** Does it follow a live directory, instead of being re-created on a concrete generation? */
export const isLive = ({ onChange }: Pick<Container, 'onChange'>): boolean => onChange.kind !== 'restart'

/** What is linked in a container's live directory. */
export interface LiveFacts {
  readonly number: number
  readonly id: string
  /** Digest of what its scope holds. */
  readonly content: string
  /** What its status page should report. */
  readonly digest: string
  /** The program was told of it, or started with it. */
  readonly told: boolean
  readonly settled: boolean
  /** When it was linked: milliseconds since 1970, by the host's clock. */
  readonly at: number
  readonly wrong: readonly string[]
}

export const liveFacts: Shape<LiveFacts> = shape({
  number: integer,
  id: text,
  content: text,
  digest: text,
  told: flag,
  settled: flag,
  at: integer,
  wrong: list(text),
})
