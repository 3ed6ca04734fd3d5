import type { AlertState } from '../../core/alerts/alert-state.ts'
import { alertsFromJson } from '../../core/alerts/alert-state.ts'
import { largest, readable, recordBytes, type StatePorts } from '../known/known-store.ts'
import { type Place, statePath } from '../project/state-path.ts'

/** What was told to whom; null: nothing ever was. @throws UNSAFE for a record that others can write; TAMPERED */
export const readAlerts = async (ports: StatePorts, place: Place): Promise<AlertState | null> => {
  const path = statePath(ports, 'alerts', place)
  const bytes = await ports.files.read(path, { private: true, max: largest })
  return bytes === null ? null : readable(path, () => alertsFromJson(new TextDecoder().decode(bytes), path))
}

/** @throws UNAVAILABLE for more than can be read again */
export const writeAlerts = async (ports: StatePorts, place: Place, state: AlertState): Promise<void> => {
  const path = statePath(ports, 'alerts', place)
  await ports.files.write(
    path,
    recordBytes(path, state, (source) => alertsFromJson(source, path)),
  )
}

/** The lock of whoever tells. */
export const alertsLock = (ports: StatePorts, place: Place): string => `${statePath(ports, 'alerts', place)}.lock`
