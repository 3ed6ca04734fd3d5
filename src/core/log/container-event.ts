import { count, flag, list, nullable, oneOf, shape, text, type Shape } from '../shape.ts'

/** What the library in a container told: it became ready, or stays degraded. */
export interface ContainerEvent {
  readonly event: 'ready' | 'degraded'
  /** What the engine noted when it was told: where to go on from. */
  readonly stamp: string
  /** What the program said; null where it said no time. */
  readonly time: string | null
  readonly scope: string | null
  /** Number of the generation in use. */
  readonly generation: number | null
  /** Names without which it is degraded. */
  readonly missing: readonly string[]
  readonly error: string | null
}

/** One container's events behind what was had of it before. */
export interface ToldByContainer {
  readonly container: string
  /** Of the engine: another one after each delivery. */
  readonly id: string
  readonly events: readonly ContainerEvent[]
  /** The stamp to go on from. */
  readonly last: string | null
  /** There are others. */
  readonly more: boolean
  /** False: its engine keeps no output that could be read. */
  readonly readable: boolean
}

export const containerEvent: Shape<ContainerEvent> = shape<ContainerEvent>({
  event: oneOf('ready', 'degraded'),
  stamp: text,
  time: nullable(text),
  scope: nullable(text),
  generation: nullable(count),
  missing: list(text),
  error: nullable(text),
})

/** The answer to `output`. @throws TAMPERED */
export const toldByContainers: Shape<{ readonly containers: readonly ToldByContainer[] }> = shape({
  containers: list(
    shape<ToldByContainer>({
      container: text,
      id: text,
      events: list(containerEvent),
      last: nullable(text),
      more: flag,
      readable: flag,
    }),
  ),
})
