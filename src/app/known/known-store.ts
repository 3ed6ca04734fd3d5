import { fail, hasCode } from '../../core/errors.ts'
import { pathWord } from '../../core/host-text.ts'
import type { Known } from '../../core/known/known.ts'
import { knownFromJson, nothingKnown } from '../../core/known/known.ts'
import type { Ports } from '../../core/ports.ts'
import { statePath, type Place } from '../project/state-path.ts'

/** Of any record of what was seen, in bytes. */
export const largest: number = 64 * 1024 * 1024

export type StatePorts = Pick<Ports, 'files' | 'machine'>

/** What is known; nothing where nothing was ever kept. @throws UNSAFE for a record that others can write; TAMPERED */
export const readKnown = async (ports: StatePorts, place: Place): Promise<Known> => {
  const path = statePath(ports, 'known', place)
  const bytes = await ports.files.read(path, { private: true, max: largest })
  return bytes === null ? nothingKnown : readable(path, () => knownFromJson(new TextDecoder().decode(bytes), path))
}

/** What `read` makes of a record. @throws TAMPERED, saying what removing it costs */
export const readable = <T>(path: string, read: () => T): T => {
  try {
    return read()
  } catch (cause) {
    if (!hasCode(cause, 'TAMPERED')) throw cause
    throw fail('TAMPERED', 'the record of what was last seen cannot be read', {
      at: cause.at ?? path,
      hint: `rm ${pathWord(path)}: what is open is then told again`,
      cause,
    })
  }
}

/** Checks what is to be kept as its reader will: a record that cannot be read would end all that reads it.
 *  @throws UNAVAILABLE */
export const recordBytes = (path: string, record: unknown, read: (source: string) => unknown): Uint8Array => {
  const source = `${JSON.stringify(record)}\n`
  const bytes = new TextEncoder().encode(source)
  try {
    read(source)
    if (bytes.length <= largest) return bytes
  } catch (cause) {
    if (!hasCode(cause, 'TAMPERED')) throw cause
  }
  throw fail('UNAVAILABLE', 'what was seen does not fit its record, which stays as it was', {
    at: path,
    hint: 'lockstep audit: what one host tells may be too much',
  })
}

/** Changes what is known, one process at a time; gives what is known then. */
export const learn = async (ports: StatePorts, place: Place, change: (known: Known) => Known): Promise<Known> => {
  const path = statePath(ports, 'known', place)
  await ports.files.makeDirectory(path.slice(0, path.lastIndexOf('/')))
  return ports.files.locked(`${path}.lock`, async () => {
    const next = change(await readKnown(ports, place))
    await ports.files.write(
      path,
      recordBytes(path, next, (source) => knownFromJson(source, path)),
    )
    return next
  })
}
