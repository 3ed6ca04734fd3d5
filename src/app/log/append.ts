import type { Access, Scar, SealedEntry } from '../../core/log/entry.ts'
import { parseLine } from '../../core/log/entry-shape.ts'
import type { LogHead, SignedHead } from '../../core/log/head.ts'
import { parseHead, printHead } from '../../core/log/head.ts'
import type { Continuation } from '../../core/log/tail.ts'
import { continuation, tailLines } from '../../core/log/tail.ts'
import type { FileTail, Ports } from '../../core/ports.ts'
import { randomId, sha256 } from '../../crypto/derive.ts'
import type { LogSeal } from '../../crypto/log-seal.ts'
import { keepPin, readPin } from './pin.ts'
import { rotatedName, type LogPlace } from './log-place.ts'

/** More than a line can take: 200 names of 500 characters of up to 6 bytes, four times over. */
const tailLength = 4 * 1024 * 1024
/** What a tail is tried with first: a line is rarely longer. */
const shortTail = 16 * 1024
/** So many entries may go unnoticed with all of the log. */
const pinEvery = 16
const rotateAt = 8 * 1024 * 1024

export interface Appended {
  readonly head: SignedHead
  /** What was found wrong with the log. */
  readonly scars: readonly Scar[]
}

/** Adds to the log, each time going on from what is there; on the disk when this returns. The head follows the lines: a
 *  crash in between leaves a head that is behind, which the next one goes on from.
 *  @throws UNSAFE, DENIED, UNAVAILABLE where it cannot be written; CONFLICT */
export const append = (
  { files, random }: Pick<Ports, 'files' | 'random'>,
  place: LogPlace,
  seal: LogSeal,
  accesses: readonly Access[],
): Promise<Appended> =>
  files.briefly(
    place.lock,
    async () => {
      const [now, pin] = await look(files, place, seal)
      const id = now.id ?? randomId(random)
      const first = accesses[0]
      const scars = first === undefined ? [] : now.scars.map((scar) => ofScar(first, scar))
      let [seq, prev, text]: [number, string, string] = [now.seq, now.prev, now.lead]
      for (const access of [...scars, ...accesses]) {
        const { line, hash } = seal.seal({ ...access, log: id, seq, prev })
        text += `${line}\n`
        prev = hash
        seq++
      }
      const head = seal.sign({ id, seq: seq - 1, hash: prev })
      const bytes = new TextEncoder().encode(text)
      const under = { under: place.root }
      let at = now.at
      if (at > 0 && at + bytes.length > rotateAt && now.scars.length === 0) {
        await files.rename(place.log, rotatedName(place.log, now.seq - 1), under)
        at = 0
      }
      await files.extend(place.log, at, bytes, under)
      await files.write(place.head, new TextEncoder().encode(printHead(head)), { ...under, durable: false })
      const isTurn = Math.floor(head.seq / pinEvery) !== Math.floor((now.seq - 1) / pinEvery)
      const isFound = now.scars.some(({ kind }) => kind !== 'torn')
      if (isTurn || now.id === null || isFound) await keepPin(files, place, head, pin)
      return { head, scars: now.scars }
    },
    { under: place.root },
  )

const ofScar = (by: Access, scar: Scar): Access => ({
  ...by,
  action: 'log',
  command: 'log',
  names: {},
  why: null,
  result: scar.kind === 'torn' ? 'done' : 'TAMPERED',
  scar,
  mark: null,
})

/** How the log goes on, and what the person's own directory remembers of it. */
const look = async (
  files: Ports['files'],
  place: LogPlace,
  seal: LogSeal,
): Promise<readonly [Continuation, LogHead | null]> => {
  const under = { under: place.root }
  const [tail, headBytes, noted] = await Promise.all([
    tailOf(files, place),
    files.read(place.head, { ...under, private: true, max: 4096 }),
    readPin(files, place),
  ])
  const proved = (one: SignedHead | null): SignedHead | null =>
    one !== null && seal.checkHead(one) === 'good' ? one : null
  const pin = proved(noted)
  const head = proved(headBytes === null ? null : parseHead(new TextDecoder().decode(headBytes)))
  const lines = tail === null ? null : tailLines(tail)
  const last = lines?.last ?? null
  const hash = last === null ? null : sha256(last)
  // what the head is of needs no proof of its own
  const isOther = pin !== null && head !== null && (pin.id !== head.id || pin.seq > head.seq)
  if (head !== null && tail !== null && hash === head.hash && lines?.torn === 0 && !isOther) {
    return [{ at: tail.size, lead: '', id: head.id, seq: head.seq + 1, prev: head.hash, scars: [] }, pin]
  }
  const found = continuation({
    tail,
    last: good(seal, last),
    first: good(seal, lines?.first ?? null),
    hash,
    head,
    hasHead: headBytes !== null,
    isRotated: last === null && head !== null && (await isRotated(files, place, head)),
    pin,
  })
  return [found, pin]
}

const tailOf = async (files: Ports['files'], place: LogPlace): Promise<FileTail | null> => {
  const under = { under: place.root }
  const short = await files.tail(place.log, shortTail, under)
  if (short === null || short.size === short.bytes.length) return short
  return tailLines(short).isEnough ? short : files.tail(place.log, tailLength, under)
}

const good = (seal: LogSeal, line: string | null): SealedEntry | null => {
  const sealed = line === null ? null : parseLine(line)
  return sealed !== null && seal.check(sealed) === 'good' ? sealed : null
}

const isRotated = async (files: Ports['files'], place: LogPlace, head: LogHead): Promise<boolean> => {
  const directory = place.log.slice(0, place.log.lastIndexOf('/'))
  return (await files.stat(`${directory}/${rotatedName(place.log, head.seq)}`)) !== null
}
