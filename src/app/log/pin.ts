import { hasCode } from '../../core/errors.ts'
import { parseHead, printHead, type LogHead, type SignedHead } from '../../core/log/head.ts'
import type { Ports } from '../../core/ports.ts'
import type { LogPlace } from './log-place.ts'
import { unusable } from './marks.ts'

type Files = Ports['files']

/** How far the log had come, as the person's own directory remembers it. Null where it does not, or not readably. */
export const readPin = async (files: Files, { pin }: LogPlace): Promise<SignedHead | null> => {
  try {
    const bytes = await files.read(pin, { private: true, max: 4096 })
    return bytes === null ? null : parseHead(new TextDecoder().decode(bytes))
  } catch (error) {
    if (hasCode(error, ...unusable)) return null
    throw error
  }
}

/** Only ever further: `before` is what is there. A home that cannot be used only makes a lost log harder to notice. */
export const keepPin = async (
  files: Files,
  { pin }: LogPlace,
  head: SignedHead,
  before: LogHead | null,
): Promise<void> => {
  if (before !== null && before.id === head.id && before.seq >= head.seq) return
  try {
    await files.makeDirectory(pin.slice(0, pin.lastIndexOf('/')))
    await files.write(pin, new TextEncoder().encode(printHead(head)), { durable: false })
  } catch (error) {
    if (!hasCode(error, ...unusable)) throw error
  }
}
