import { read } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fail } from '../core/errors.ts'
import { quoteName } from '../core/names.ts'
import { isSystem } from './system-error.ts'

const patience = 10_000
const pause = 10
const chunk = 65_536

/** Everything that is written to a FIFO opened without blocking, to its end.
 *  @throws UNAVAILABLE when nothing has come, or no end, within 10 s; UNSAFE over `max` bytes */
export const readFifo = async (fd: number, path: string, max: number): Promise<Uint8Array> => {
  const deadline = performance.now() + patience
  const parts: Buffer[] = []
  let length = 0
  while (performance.now() < deadline) {
    const part = await readSome(fd)
    // Without a writer, a read says "end" before anything has come: wait for the first one.
    if (part !== null && part.length === 0 && length > 0) return joined(parts)
    if (part === null || part.length === 0) {
      await sleep(pause)
      continue
    }
    parts.push(part)
    length += part.length
    if (length > max)
      throw fail('UNSAFE', `${quoteName(path)} gives more than anything of this kind should`, {
        at: path,
        hint: 'look at the program that writes to it',
      })
  }
  throw fail('UNAVAILABLE', `nothing came to its end on the FIFO ${quoteName(path)} within 10 s`, {
    at: path,
    hint: 'look at the program that should write to it',
  })
}

const joined = (parts: readonly Buffer[]): Uint8Array => {
  const whole = Uint8Array.from(Buffer.concat(parts))
  for (const part of parts) part.fill(0)
  return whole
}

/** Null when there is a writer that has nothing for us yet. */
const readSome = async (fd: number): Promise<Buffer | null> => {
  const buffer = Buffer.alloc(chunk)
  try {
    return buffer.subarray(0, await readOnce(fd, buffer))
  } catch (error) {
    if (isSystem(error, 'EAGAIN', 'EWOULDBLOCK')) return null
    throw error
  }
}

const readOnce = (fd: number, into: Buffer): Promise<number> =>
  new Promise((resolve, reject) =>
    read(fd, into, 0, into.length, null, (error, count) => (error === null ? resolve(count) : reject(error))),
  )
