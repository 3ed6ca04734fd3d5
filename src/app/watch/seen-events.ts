import { hasCode } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import { count, dictionary, parseJson, shape, text } from '../../core/shape.ts'

/** How far somebody has looked at the events of a host. */
export interface SeenEvents {
  /** Number of the last one. */
  readonly seq: number
  /** Of the machine. */
  readonly id: string
}

interface SeenAt {
  readonly state: string
  readonly environment: string
}

const pathOf = ({ state, environment }: SeenAt): string => `${state}/watch-${environment}.json`

const seen = dictionary(shape<SeenEvents>({ seq: count, id: text }))

/** By host, from the .lockstep of this clone. */
export const seenEvents = async (
  { files }: Pick<Ports, 'files'>,
  at: SeenAt,
): Promise<Readonly<Record<string, SeenEvents>>> => {
  const bytes = await files.read(pathOf(at))
  if (bytes === null) return {}
  try {
    return parseJson(new TextDecoder().decode(bytes), seen, pathOf(at))
  } catch (error) {
    // looked at by nobody, as far as is known
    if (hasCode(error, 'TAMPERED')) return {}
    throw error
  }
}

export const markSeen = async (
  ports: Pick<Ports, 'files'>,
  at: SeenAt,
  news: Readonly<Record<string, SeenEvents>>,
): Promise<void> => {
  const all = Object.entries({ ...(await seenEvents(ports, at)), ...news }).sort(([a], [b]) => (a < b ? -1 : 1))
  await ports.files.makeDirectory(at.state)
  const bytes = new TextEncoder().encode(`${JSON.stringify(Object.fromEntries(all), null, 2)}\n`)
  await ports.files.write(pathOf(at), bytes)
}
