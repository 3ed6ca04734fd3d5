import type { PulledEvent, View } from '../../core/log/event-view.ts'
import { parseView, printEvent, printPosition } from '../../core/log/event-view.ts'
import type { Ports } from '../../core/ports.ts'
import { logPlace, type LogProject } from './log-place.ts'
import type { PulledFrom } from './pull-host.ts'

type StorePorts = Pick<Ports, 'files' | 'machine'>

const largest = 256 * 1024 * 1024

/** What was pulled so far. @throws UNSAFE for one that grew too large: moved away, it begins anew */
export const readView = async ({ files, machine }: StorePorts, project: LogProject): Promise<View> => {
  const { view, root } = logPlace(machine, project)
  const bytes = await files.read(view, { under: root, private: true, max: largest })
  return parseView(bytes === null ? '' : new TextDecoder().decode(bytes))
}

/** Adds what is new, numbered in the order of hosts and of their sources, and gives it. Another pull that was quicker is
 *  believed: nothing is added twice. */
export const addToView = (
  { files, machine }: StorePorts,
  project: LogProject,
  pulled: readonly PulledFrom[],
): Promise<readonly PulledEvent[]> => {
  const { view, root, lock } = logPlace(machine, project)
  const under = { under: root }
  return files.briefly(
    `${lock}.events`,
    async () => {
      const { positions, next, events } = await readView({ files, machine }, project)
      const known = new Set(events.map(keyOf))
      const fresh = pulled.flatMap((one) => one.events).filter((event) => !known.has(keyOf(event)))
      const numbered = fresh.map((event, index): PulledEvent => ({ ...event, n: next + index }))
      const moved = pulled
        .flatMap((one) => one.positions)
        .filter((one) => positions.get(`${one.host} ${one.container ?? ''} ${one.instance}`) !== one.at)
      const text = [...numbered.map(printEvent), ...moved.map((one) => printPosition(one, one.at))].join('')
      if (text === '') return []
      const tail = await files.tail(view, 1, under)
      const lead = tail === null || tail.size === 0 || tail.bytes[0] === 0x0a ? '' : '\n'
      await files.extend(view, tail?.size ?? 0, new TextEncoder().encode(`${lead}${text}`), under)
      return numbered
    },
    under,
  )
}

const keyOf = ({ host, container, instance, position }: Omit<PulledEvent, 'n'>): string =>
  JSON.stringify([host, container, instance, position])
