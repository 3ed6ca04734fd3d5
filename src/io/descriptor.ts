import { fstatSync, write as writeSome } from 'node:fs'
import { isSystem } from './system-error.ts'

/** Not util.promisify: loading node:util costs 4 ms. */
const writeOnce = (fd: number, bytes: Uint8Array): Promise<number> =>
  new Promise((resolve, reject) =>
    writeSome(fd, bytes, (error, written) => (error === null ? resolve(written) : reject(error))),
  )

/** Milliseconds before a full pipe that does not block is tried again. */
const pipeRetry = 5

/** Standard output and error by number. Far cheaper than `process.stdout`, whose first use loads streams, sockets and
 *  terminals. */
export interface Descriptor {
  readonly isTerminal: boolean
  /** Resolves when all is written; a reader that has gone away is not an error. */
  write(bytes: string | Uint8Array): Promise<void>
}

export const openDescriptor = (fd: number): Descriptor => ({
  get isTerminal() {
    return isTerminal(fd)
  },
  write: async (bytes) => {
    const all = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
    let done = 0
    while (done < all.length) {
      const written = await writeOrWait(fd, all.subarray(done))
      if (written === null) return
      done += written
    }
  },
})

/** Bytes taken, 0 to try again, null when nobody reads any more. */
const writeOrWait = async (fd: number, bytes: Uint8Array): Promise<number | null> => {
  try {
    return await writeOnce(fd, bytes)
  } catch (error) {
    if (isSystem(error, 'EPIPE', 'EBADF')) return null
    if (!isSystem(error, 'EAGAIN')) throw error
    await new Promise((resolve) => setTimeout(resolve, pipeRetry))
    return 0
  }
}

/** A character device that is not one of the memory devices (/dev/null, major number 1). */
const isTerminal = (fd: number): boolean => {
  try {
    const facts = fstatSync(fd)
    return facts.isCharacterDevice() && Math.floor(facts.rdev / 256) !== 1
  } catch (error) {
    if (isSystem(error, 'EBADF')) return false
    throw error
  }
}
