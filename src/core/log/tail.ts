import type { Scar, SealedEntry } from './entry.ts'
import { noEntry } from './entry.ts'
import type { FileTail } from '../ports.ts'
import type { LogHead } from './head.ts'

/** Last and first whole line of a tail, and what a crash left behind them. */
export interface TailLines {
  /** Null: there is no whole line in it. */
  readonly last: string | null
  /** The file's first line; null where the tail does not reach so far. */
  readonly first: string | null
  /** Bytes behind the last line end. */
  readonly torn: number
  /** False: more of the file has to be read to see a whole line. */
  readonly isEnough: boolean
}

const lineEnd = 0x0a

export const tailLines = ({ size, bytes }: FileTail): TailLines => {
  const isAll = size === bytes.length
  const end = bytes.lastIndexOf(lineEnd) + 1
  const torn = bytes.length - end
  if (end === 0) return { last: null, first: null, torn, isEnough: isAll }
  const decode = (from: number, to: number): string => new TextDecoder().decode(bytes.subarray(from, to))
  const start = end === 1 ? 0 : bytes.lastIndexOf(lineEnd, end - 2) + 1
  return {
    last: decode(start, end - 1),
    get first() {
      return isAll ? decode(0, bytes.indexOf(lineEnd)) : null
    },
    torn,
    isEnough: isAll || start > 0,
  }
}

/** Where the next entry goes, and what has to be said of the log before it. */
export interface Continuation {
  /** Offset in the file: its end, or the beginning of a torn line. */
  readonly at: number
  /** What ends a line of others' that is too long to be torn. */
  readonly lead: '' | '\n'
  /** Null: a log begins. */
  readonly id: string | null
  readonly seq: number
  readonly prev: string
  readonly scars: readonly Scar[]
}

export interface Found {
  /** Null: there is no file. */
  readonly tail: FileTail | null
  /** `last` and `first` of it, where they are lines of ours and their MAC is right. */
  readonly last: SealedEntry | null
  readonly first: SealedEntry | null
  /** SHA-256 of the last line; null where there is none. */
  readonly hash: string | null
  /** Null where there is none, or its MAC is not right. */
  readonly head: LogHead | null
  /** There is a file of the head. */
  readonly hasHead: boolean
  /** The file that was full when this head was made is there under its later name. */
  readonly isRotated: boolean
  /** What the person's own directory remembers, where its MAC is right: never ahead of the log but where somebody put an
   *  older one back. */
  readonly pin: LogHead | null
}

/** How a log goes on from what is there. Nothing that is found stops it: it is written into the chain instead. */
export const continuation = (found: Found): Continuation => withPin(goingOn(found), found.pin)

/** A log of the pin's that ends before it was cut; where there is none at all, or another one, it is gone. */
const withPin = (now: Continuation, pin: LogHead | null): Continuation => {
  if (pin === null) return now
  if (now.id === null) return { ...now, scars: [...now.scars, scar('gone', pin)] }
  // another log lies in its place
  if (now.id !== pin.id) return { ...now, scars: [...now.scars, scar('gone', pin)] }
  if (pin.seq < now.seq) return now
  const others = now.scars.filter(({ kind }) => kind !== 'cut' && kind !== 'gone')
  return { ...now, seq: pin.seq + 1, scars: [...others, scar('cut', pin)] }
}

const goingOn = (found: Found): Continuation => {
  const { tail, head } = found
  const lines = tail === null ? null : tailLines(tail)
  const isFlood = lines?.isEnough === false
  const at = (tail?.size ?? 0) - (isFlood ? 0 : (lines?.torn ?? 0))
  const lead = isFlood && lines.torn > 0 ? '\n' : ''
  const torn = !isFlood && lines !== null && lines.torn > 0 ? [scar('torn', { bytes: lines.torn })] : []
  const lastSeq = found.last?.entry.seq ?? 0
  const seq = Math.max(head?.seq ?? 0, lastSeq) + 1
  const id = head?.id ?? found.last?.entry.log ?? null
  if (isFlood)
    return { at, lead, id, seq, prev: head?.hash ?? noEntry, scars: [scar('changed', head), ...headScar(found)] }
  if (lines === null || lines.last === null) {
    const prev = head?.hash ?? noEntry
    const gone = head === null || found.isRotated ? [] : [scar('gone', head)]
    return { at, lead, id, seq, prev, scars: [...gone, ...headScar(found), ...torn] }
  }
  return { at, lead, id, seq, prev: found.hash ?? noEntry, scars: [...lineScars(found), ...torn] }
}

const lineScars = (found: Found): readonly Scar[] => {
  const { last, head, hash } = found
  if (last === null) return [scar('changed', head), ...headScar(found)]
  if (head === null) return isFirstBatch(found) && !found.hasHead ? [] : [scar('head', null)]
  if (hash === head.hash || (last.entry.log === head.id && last.entry.seq > head.seq)) return []
  return [scar('cut', head)]
}

const headScar = ({ head, hasHead }: Found): readonly Scar[] => (head === null && hasHead ? [scar('head', null)] : [])

/** A run that was cut off between its first entry and the first head. */
const isFirstBatch = ({ first, last }: Found): boolean =>
  first !== null && last !== null && first.entry.seq === 1 && first.entry.run === last.entry.run

const scar = (kind: Scar['kind'], from: { readonly bytes: number } | LogHead | null): Scar => ({
  kind,
  bytes: from !== null && 'bytes' in from ? from.bytes : null,
  seq: from !== null && 'seq' in from ? from.seq : null,
  hash: from !== null && 'seq' in from ? from.hash : null,
})
