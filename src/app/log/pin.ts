import { hasCode } from '../../core/errors.ts'
import type { Scar } from '../../core/log/entry.ts'
import { parseHead, printHead, type SignedHead } from '../../core/log/head.ts'
import type { Ports } from '../../core/ports.ts'
import type { LogSeal } from '../../crypto/log-seal.ts'
import type { LogPlace } from './log-place.ts'
import { unusable } from './marks.ts'

type Files = Ports['files']

/** Where there is no log: the one that there was, as the person's own directory remembers it. */
export const missed = async (files: Files, { pin }: LogPlace, seal: LogSeal): Promise<readonly Scar[]> => {
  try {
    const bytes = await files.read(pin, { private: true, max: 4096 })
    const head = bytes === null ? null : parseHead(new TextDecoder().decode(bytes))
    if (head === null || seal.checkHead(head) !== 'good') return []
    return [{ kind: 'gone', bytes: null, seq: head.seq, hash: head.hash }]
  } catch (error) {
    if (hasCode(error, ...unusable)) return []
    throw error
  }
}

/** A home that cannot be used only makes a lost log harder to notice. */
export const keepPin = async (files: Files, { pin }: LogPlace, head: SignedHead): Promise<void> => {
  try {
    await files.makeDirectory(pin.slice(0, pin.lastIndexOf('/')))
    await files.write(pin, new TextEncoder().encode(printHead(head)), { durable: false })
  } catch (error) {
    if (!hasCode(error, ...unusable)) throw error
  }
}
