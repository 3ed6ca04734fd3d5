import { hasCode } from '../../core/errors.ts'
import { verifyLog, type LogFile, type LogProblem, type LogVerdict } from '../../core/log/verify.ts'
import { hearWitnesses, signedWitness, type Witness } from '../../core/log/witnesses.ts'
import { parseHead, type LogHead, type SignedHead } from '../../core/log/head.ts'
import type { Ports } from '../../core/ports.ts'
import { sha256 } from '../../crypto/derive.ts'
import type { ProjectKeys } from '../../crypto/fingerprint.ts'
import { logSeal, type LogSeal } from '../../crypto/log-seal.ts'
import { isRotatedName, logPlace, type LogPlace, type LogProject } from './log-place.ts'
import { readPin } from './pin.ts'

type ReadPorts = Pick<Ports, 'files' | 'machine'>

const largestFile = 64 * 1024 * 1024

/** All of the log, judged. Not while somebody writes to it. */
export const readLog = async (ports: ReadPorts, project: LogProject, keys: ProjectKeys): Promise<LogVerdict> => {
  const place = logPlace(ports.machine, project)
  const seal = logSeal(keys)
  const [files, head, pin] = await steady(ports, place, async () => [
    await readFiles(ports, place),
    await readHead(ports, place, seal),
    await readPin(ports.files, place),
  ])
  const verdict = verifyLog(files, head, { hash: sha256, check: seal.check })
  return pin === null ? verdict : heardFromPin(verdict, pin, seal, place)
}

const heardFromPin = (verdict: LogVerdict, pin: SignedHead, { checkHead }: LogSeal, place: LogPlace): LogVerdict => {
  const witness = signedWitness('the note outside the project', pin, checkHead)
  if (verdict.last?.id === pin.id || witness.trust !== 'good') return heardBy(verdict, [witness])
  // the signed head, where it is there still, has said so and knows better
  if (verdict.last === null && verdict.problems.some(({ kind }) => kind === 'cut')) return verdict
  // a host may have seen another clone's log; this note is of this place, and not of every entry
  const message = `the access log is gone: it had ${pin.seq} entries or more${verdict.last === null ? '' : '; another one is in its place'}`
  const gone: LogProblem = { file: place.log.slice(place.log.lastIndexOf('/') + 1), line: 0, kind: 'cut', message }
  return { ...verdict, problems: [...verdict.problems, gone] }
}

/** The same verdict with what these say of the log. */
export const heardBy = (verdict: LogVerdict, witnesses: readonly Witness[]): LogVerdict => {
  const { problems, notes } = hearWitnesses(verdict, witnesses)
  return { ...verdict, problems: [...verdict.problems, ...problems], notes: [...verdict.notes, ...notes] }
}

/** The end of the log as its signed head says it: what others keep as a witness. Null: no log yet, or no head of ours.
 *  Costs one small read. */
export const logHead = async (ports: ReadPorts, project: LogProject, keys: ProjectKeys): Promise<LogHead | null> => {
  const head = await readHead(ports, logPlace(ports.machine, project), logSeal(keys))
  if (head === null || head === 'bad') return null
  return { id: head.id, seq: head.seq, hash: head.hash }
}

const readHead = async ({ files }: ReadPorts, place: LogPlace, seal: LogSeal): Promise<LogHead | 'bad' | null> => {
  const bytes = await files.read(place.head, { under: place.root, private: true, max: 4096 })
  if (bytes === null) return null
  const signed = parseHead(new TextDecoder().decode(bytes))
  return signed !== null && seal.checkHead(signed) === 'good' ? signed : 'bad'
}

const readFiles = async ({ files }: ReadPorts, place: LogPlace): Promise<readonly LogFile[]> => {
  const cut = place.log.lastIndexOf('/')
  const [directory, name] = [place.log.slice(0, cut), place.log.slice(cut + 1)]
  const names = ((await files.list(directory)) ?? []).filter((one) => isRotatedName(place.log, one))
  const found = await Promise.all([...names, name].map((one) => readOne(files, directory, one, place.root)))
  return found.flatMap((one) => one ?? [])
}

const readOne = async (
  files: Ports['files'],
  directory: string,
  name: string,
  root: string,
): Promise<LogFile | null> => {
  const bytes = await files.read(`${directory}/${name}`, { under: root, private: true, max: largestFile })
  if (bytes === null) return null
  const end = bytes.lastIndexOf(0x0a) + 1
  const text = new TextDecoder().decode(bytes.subarray(0, end))
  return { name, lines: end === 0 ? [] : text.slice(0, -1).split('\n'), torn: bytes.length - end }
}

/** Under the log's lock where there can be one: on a read-only disk nobody writes. */
export const steady = async <T>({ files }: ReadPorts, place: LogPlace, work: () => Promise<T>): Promise<T> => {
  if ((await files.stat(place.log.slice(0, place.log.lastIndexOf('/')))) === null) return work()
  try {
    return await files.briefly(place.lock, work, { under: place.root })
  } catch (error) {
    if (hasCode(error, 'UNAVAILABLE', 'DENIED')) return work()
    throw error
  }
}
