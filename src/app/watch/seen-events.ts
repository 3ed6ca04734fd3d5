import { hasCode } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import { count, dictionary, parseJson, shape, text } from '../../core/shape.ts'
import type { StatePorts } from '../known/known-store.ts'
import { type Place, statePath } from '../project/state-path.ts'

/** How far somebody has looked at the events of a host. */
export interface SeenEvents {
  /** Number of the last one. */
  readonly seq: number
  /** Of the machine. */
  readonly id: string
}

type SeenByHost = Readonly<Record<string, SeenEvents>>

const seen = dictionary(shape<SeenEvents>({ seq: count, id: text }))

/** By host, from the person's own directory: a repository could bring one along that says all was looked at.
 *  @throws UNSAFE for a record that others can write */
export const seenEvents = async (ports: StatePorts, place: Place): Promise<SeenByHost> => {
  const path = pathOf(ports, place)
  const bytes = await ports.files.read(path, { private: true })
  if (bytes === null) return {}
  try {
    return parseJson(new TextDecoder().decode(bytes), seen, path)
  } catch (error) {
    // looked at by nobody, as far as is known
    if (hasCode(error, 'TAMPERED')) return {}
    throw error
  }
}

/** One process at a time. @throws as seenEvents; CONFLICT */
export const markSeen = async (ports: StatePorts, place: Place, news: SeenByHost): Promise<void> => {
  const path = pathOf(ports, place)
  await ports.files.makeDirectory(path.slice(0, path.lastIndexOf('/')))
  await ports.files.locked(`${path}.lock`, async () => {
    const all = Object.entries({ ...(await seenEvents(ports, place)), ...news }).sort(([a], [b]) => (a < b ? -1 : 1))
    await ports.files.write(path, new TextEncoder().encode(`${JSON.stringify(Object.fromEntries(all), null, 2)}\n`))
  })
}

const pathOf = (ports: Pick<Ports, 'machine'>, place: Place): string => statePath(ports, 'watch', place)
