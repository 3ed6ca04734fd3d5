import type { Shape } from '../shape.ts'
import { flag, integer, list, nullable, shape, text } from '../shape.ts'

/** A copy of a project's directory, or of a part of it, as a host found it. */
export interface CopyFacts {
  /** Where it begins. */
  readonly path: string
  /** Of that, and of all its sealed files and passwords together. */
  readonly mode: number
  readonly modes: number
  readonly project: string
  /** Null: it has no manifest, only sealed files with the project's name beside a password. */
  readonly environment: string | null
  readonly host: string | null
  /** Paths of scope passwords in it. */
  readonly keys: readonly string[]
  /** Names in it that are ours; is there nothing else? */
  readonly parts: readonly string[]
  readonly whole: boolean
}

export const copyFacts: Shape<CopyFacts> = shape({
  path: text,
  mode: integer,
  modes: integer,
  project: text,
  environment: nullable(text),
  host: nullable(text),
  keys: list(text),
  parts: list(text),
  whole: flag,
})
