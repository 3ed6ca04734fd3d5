import type { Files } from '../core/ports.ts'
import { joinParts, readPart } from './join-parts.ts'

/** The parts of the program that watches on a host, in the order in which they are joined. */
const watchParts: readonly string[] = [
  'start',
  '../receiver/cgroup',
  '../receiver/find',
  'who',
  'fanotify',
  'ear',
  'deeds',
  'audit_records',
  'audit_log',
  'journal',
  'door',
  'labels',
  'limit',
  'main',
]

/** The whole of it. @throws INTERNAL when the collection is not where it belongs */
export const readWatchAgent = async (files: Pick<Files, 'read'>, collection: string): Promise<Uint8Array> => {
  const texts: string[] = []
  for (const part of watchParts) texts.push(await readPart(files, `${collection}/plugins/module_utils/watch`, part))
  return new TextEncoder().encode(joinParts(texts))
}
