import type { CachePorts } from './cache.ts'
import { keepCached, readCached } from './cache.ts'
import type { Place } from './state-path.ts'
import { statePath } from './state-path.ts'

/** The highest number of this kind that this person ever saw here, kept outside the project, which others can put back;
 *  0: none, as far as is known. */
export const highestSeen = async (ports: CachePorts, kind: string, place: Place): Promise<number> => {
  const text = (await readCached(ports, statePath(ports, kind, place)))?.trim() ?? ''
  return /^\d{1,9}$/.test(text) ? Number(text) : 0
}

export const rememberSeen = async (ports: CachePorts, kind: string, place: Place, number: number): Promise<void> => {
  if (number > (await highestSeen(ports, kind, place)))
    await keepCached(ports, statePath(ports, kind, place), `${number}\n`)
}
