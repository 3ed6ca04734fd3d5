import { largestFile, largestLog } from '../../core/backup/belongs.ts'
import { projectPrefix } from '../../core/backup/contents.ts'
import { quoteName } from '../../core/names.ts'
import type { Ports } from '../../core/ports.ts'
import { isRotatedName, logPlace, type LogPlace } from '../log/log-place.ts'
import { steady } from '../log/read-log.ts'
import type { Project } from '../project/project.ts'
import type { CollectedFile } from './collect-files.ts'

type LogPorts = Pick<Ports, 'files' | 'machine'>

/** The access log with its head, as both are at one moment: the file in use, and full ones before it, newest first, as far
 *  as `room` (bytes) goes. What is left out is noted. */
export const collectLog = (
  ports: LogPorts,
  project: Project,
  room: number,
): Promise<{ readonly files: readonly CollectedFile[]; readonly notes: readonly string[] }> => {
  const place = logPlace(ports.machine, project)
  return steady(ports, place, async () => {
    const paths = await logFiles(ports, place)
    const found: CollectedFile[] = []
    let left = Math.min(room, largestLog)
    for (const [index, path] of paths.entries()) {
      const bytes = await readPart(ports, place, path, left)
      // without this one all before it prove nothing
      if (bytes === 'no room') return { files: found, notes: paths.slice(index).map((one) => notKept(place, one)) }
      if (bytes === null) continue
      left -= bytes.length
      found.push({ path: `${projectPrefix}${below(place, path)}`, mode: 0o600, bytes })
    }
    return { files: found, notes: [] }
  })
}

const readPart = async (
  { files }: LogPorts,
  { root }: LogPlace,
  path: string,
  room: number,
): Promise<Uint8Array | 'no room' | null> => {
  const max = Math.min(room, largestFile)
  const facts = await files.stat(path)
  if (facts === null) return null
  if (facts.kind !== 'file' || facts.size > max) return 'no room'
  return files.read(path, { under: root, max })
}

const notKept = (place: LogPlace, path: string): string =>
  `${quoteName(below(place, path))}: of the access log, not kept`

/** The head, the file in use, the full ones before it, newest first. */
const logFiles = async ({ files }: LogPorts, { log, head }: LogPlace): Promise<readonly string[]> => {
  const directory = log.slice(0, log.lastIndexOf('/'))
  const full = ((await files.list(directory)) ?? []).filter((name) => isRotatedName(log, name))
  return [head, log, ...full.toReversed().map((name) => `${directory}/${name}`)]
}

/** Is this path, from the root, one of the access log's? */
export const isOfLog = ({ machine }: Pick<Ports, 'machine'>, project: Project, path: string): boolean => {
  const place = logPlace(machine, project)
  const name = path.slice(path.lastIndexOf('/') + 1)
  const isFull = path === `.lockstep/${name}` && isRotatedName(place.log, name)
  return isFull || [place.log, place.head].some((one) => below(place, one) === path)
}

const below = ({ root }: LogPlace, path: string): string => path.slice(root.length + 1)
