import type { PulledEvent, View } from '../../core/log/event-view.ts'
import {
  newestPositions,
  parseView,
  printEvent,
  printPosition,
  sourceKey,
  sourceOf,
} from '../../core/log/event-view.ts'
import type { Ports } from '../../core/ports.ts'
import { isRotatedName, logPlace, rotatedName, type LogPlace, type LogProject } from './log-place.ts'
import type { PulledFrom } from './pull-host.ts'

type StorePorts = Pick<Ports, 'files' | 'machine'>

/** Bytes, after which the view is put aside and goes on in a new file. */
const rotateAt = 32 * 1024 * 1024
const largest = 256 * 1024 * 1024

/** What was pulled so far, but for what was put aside. @throws UNSAFE for one that others could have written */
export const readView = async ({ files, machine }: StorePorts, project: LogProject): Promise<View> => {
  const place = logPlace(machine, project)
  const bytes = await readBytes(files, place, place.view)
  if (bytes !== null) return parseView(new TextDecoder().decode(bytes))
  // a kill between the two steps of putting one aside
  const last = (await asideNames(files, place)).at(-1)
  const aside = last === undefined ? null : await readBytes(files, place, `${place.root}/.lockstep/${last}`)
  return parseView(aside === null ? '' : carriedOver(parseView(new TextDecoder().decode(aside))))
}

/** Adds what is new, numbered in the order of hosts and of their sources, and gives it. Another pull that was quicker is
 *  believed: nothing is added twice. */
export const addToView = async (
  { files, machine }: StorePorts,
  project: LogProject,
  pulled: readonly PulledFrom[],
): Promise<readonly PulledEvent[]> => {
  const place = logPlace(machine, project)
  return files.locked(place.viewLock, async () => {
    const view = await readView({ files, machine }, project)
    const known = new Set(view.events.map(keyOf))
    const fresh = pulled.flatMap((one) => one.events).filter((event) => !known.has(keyOf(event)))
    const numbered = fresh.map((event, index): PulledEvent => ({ ...event, n: view.next + index }))
    const moved = pulled.flatMap((one) => one.positions).filter((one) => view.positions.get(sourceKey(one)) !== one.at)
    const text = [...numbered.map(printEvent), ...moved.map((one) => printPosition(one, one.at))].join('')
    if (text !== '') await put(files, place, { view, text })
    return numbered
  })
}

const put = async (
  files: Ports['files'],
  place: LogPlace,
  { view, text }: { readonly view: View; readonly text: string },
): Promise<void> => {
  const under = { under: place.root }
  const encoder = new TextEncoder()
  const tail = await files.tail(place.view, 1, under)
  if (tail === null || tail.size > rotateAt) {
    if (tail !== null) await files.rename(place.view, rotatedName(place.view, view.next - 1), under)
    return files.extend(place.view, 0, encoder.encode(`${carriedOver(view)}${text}`), under)
  }
  const lead = tail.size === 0 || tail.bytes[0] === 0x0a ? '' : '\n'
  return files.extend(place.view, tail.size, encoder.encode(`${lead}${text}`), under)
}

/** What a new file begins with: how far each source was had, in the order of before, and the last event for its number. */
const carriedOver = ({ events, positions }: View): string => {
  const last = events.at(-1)
  const positionLines = Array.from(newestPositions(positions), ([key, at]) => printPosition(sourceOf(key), at))
  const position = last === undefined ? undefined : positions.get(sourceKey(last))
  if (last === undefined || position === undefined) return positionLines.join('')
  return [...positionLines, printEvent(last), printPosition(last, position)].join('')
}

const readBytes = (files: Ports['files'], { root }: LogPlace, path: string): Promise<Uint8Array | null> =>
  files.read(path, { under: root, private: true, max: largest })

const asideNames = async (files: Ports['files'], { root, view }: LogPlace): Promise<readonly string[]> =>
  ((await files.list(`${root}/.lockstep`)) ?? []).filter((name) => isRotatedName(view, name))

const keyOf = ({ host, container, instance, position }: Omit<PulledEvent, 'n'>): string =>
  JSON.stringify([host, container, instance, position])
