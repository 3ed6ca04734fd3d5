import type { AlertState } from '../../core/alerts/alert-state.ts'
import { alertsFromJson } from '../../core/alerts/alert-state.ts'
import { type Place, readable, statePath, type StatePorts } from '../known/known-store.ts'

const largest = 64 * 1024 * 1024

/** What was told to whom; null: nothing ever was. @throws UNSAFE for a record that others can write; TAMPERED */
export const readAlerts = async (ports: StatePorts, place: Place): Promise<AlertState | null> => {
  const path = statePath(ports, 'alerts', place)
  const bytes = await ports.files.read(path, { private: true, max: largest })
  return bytes === null ? null : readable(path, () => alertsFromJson(new TextDecoder().decode(bytes), path))
}

export const writeAlerts = async (ports: StatePorts, place: Place, state: AlertState): Promise<void> =>
  ports.files.write(statePath(ports, 'alerts', place), new TextEncoder().encode(`${JSON.stringify(state)}\n`))

/** The lock of whoever tells. */
export const alertsLock = (ports: StatePorts, place: Place): string => `${statePath(ports, 'alerts', place)}.lock`
