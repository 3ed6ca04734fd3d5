import { canonical } from '../canonical.ts'
import { count, parseOrNull, shape } from '../shape.ts'
import { shapes } from './contents.ts'

/** The newest backup that was verified, as hosts keep it beside their copies: what another clone knows of it. */
export interface BackupNote {
  readonly project: string
  readonly environment: string
  readonly number: number
  /** SHA-256 of the archive, hex. */
  readonly digest: string
  /** ISO times in UTC. */
  readonly made: string
  readonly verified: string
}

const { hex, isoTime, name } = shapes

const sealed = shape<BackupNote & { readonly mac: string }>({
  project: name,
  environment: name,
  number: count,
  digest: hex,
  made: isoTime,
  verified: isoTime,
  mac: hex,
})

/** What the MAC is computed over. */
export const noteInput = ({ project, environment, number, digest, made, verified }: BackupNote): string =>
  canonical({ note: 'backup', project, environment, number, digest, made, verified })

/** On one line. */
export const printNote = (note: BackupNote, mac: string): string => JSON.stringify({ ...note, mac })

/** The MAC is the caller's to check. Null for what is no note: a host may say anything. */
export const parseNote = (text: string): { readonly note: BackupNote; readonly mac: string } | null => {
  const found = parseOrNull(text, sealed)
  if (found === null) return null
  const { mac, ...note } = found
  return { note, mac }
}
