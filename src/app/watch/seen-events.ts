import { hasCode } from '../../core/errors.ts'
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
export const seenEvents = (ports: StatePorts, place: Place): Promise<SeenByHost> =>
  readMarks(ports, statePath(ports, 'watch', place))

/** How far audits from this machine have judged the events of each host. @throws as seenEvents */
export const judgedEvents = (ports: StatePorts, place: Place): Promise<SeenByHost> =>
  readMarks(ports, statePath(ports, 'watch-judged', place))

const readMarks = async (ports: StatePorts, path: string): Promise<SeenByHost> => {
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
export const markSeen = (ports: StatePorts, place: Place, news: SeenByHost): Promise<void> =>
  addMarks(ports, statePath(ports, 'watch', place), news)

/** A home that cannot be used only makes what is gone harder to notice. */
export const markJudged = async (ports: StatePorts, place: Place, news: SeenByHost): Promise<void> => {
  try {
    await addMarks(ports, statePath(ports, 'watch-judged', place), news)
  } catch (error) {
    if (!hasCode(error, 'UNSAFE', 'UNAVAILABLE', 'DENIED', 'CONFLICT')) throw error
  }
}

const addMarks = async (ports: StatePorts, path: string, news: SeenByHost): Promise<void> => {
  await ports.files.makeDirectory(path.slice(0, path.lastIndexOf('/')))
  await ports.files.locked(`${path}.lock`, async () => {
    const all = Object.entries({ ...(await readMarks(ports, path)), ...news }).sort(([a], [b]) => (a < b ? -1 : 1))
    await ports.files.write(path, new TextEncoder().encode(`${JSON.stringify(Object.fromEntries(all), null, 2)}\n`))
  })
}
