import { canonical } from '../canonical.ts'
import { count, parseOrNull, shape, text, type Shape } from '../shape.ts'

/** The end of a log: enough to say of any later state whether it goes on from here. */
export interface LogHead {
  /** Which log, 32 hex digits: each clone has its own. */
  readonly id: string
  /** Number of the last entry, from 1. */
  readonly seq: number
  /** SHA-256 of its line. */
  readonly hash: string
}

/** A head and who says so: it can be kept where others could change it. */
export interface SignedHead extends LogHead {
  readonly key: string
  readonly mac: string
}

export const headText = ({ id, seq, hash, key }: Omit<SignedHead, 'mac'>): string => canonical({ id, seq, hash, key })

export const printHead = (head: SignedHead): string =>
  `${canonical({ id: head.id, seq: head.seq, hash: head.hash, key: head.key, mac: head.mac })}\n`

export const headShape: Shape<SignedHead> = shape<SignedHead>({
  id: text,
  seq: count,
  hash: text,
  key: text,
  mac: text,
})

/** Null for what is none. */
export const parseHead = (source: string): SignedHead | null => parseOrNull(source, headShape)
