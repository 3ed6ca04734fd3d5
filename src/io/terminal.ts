import { closeSync, constants, openSync } from 'node:fs'
import { fail } from '../core/errors.ts'
import type { Terminal } from '../core/ports.ts'
import { openDescriptor } from './descriptor.ts'
import { nullOnSync } from './system-error.ts'

const device = '/dev/tty'
const defaultMax = 64 * 1024 * 1024
const unreachable = ['ENXIO', 'ENOENT', 'EACCES', 'EIO', 'ENOTTY', 'EPERM'] as const

/** The terminal that we were started from. There is a person to ask only if one of our own streams is on it: a program
 *  in the background must not wait for an answer. */
export const terminal: Terminal = {
  get isInteractive() {
    if (!openDescriptor(0).isTerminal && !openDescriptor(2).isTerminal) return false
    const fd = openDevice()
    if (fd !== null) closeSync(fd)
    return fd !== null
  },
  ask: async (question) => {
    const fd = deviceOrFail()
    const { askVisible } = await import('./prompt.ts')
    return askVisible(fd, question)
  },
  askHidden: async (question, { multiline = false } = {}) => {
    const fd = deviceOrFail()
    const { askHidden } = await import('./prompt.ts')
    return askHidden(fd, question, multiline)
  },
  readInput: async (max = defaultMax) => {
    if (openDescriptor(0).isTerminal) {
      throw fail('USAGE', 'standard input is a terminal', { hint: 'give the input as in: lockstep … < FILE' })
    }
    return readAll(max)
  },
}

const openDevice = (): number | null =>
  nullOnSync(unreachable, () => openSync(device, constants.O_RDWR | constants.O_NOCTTY))

const deviceOrFail = (): number => {
  const fd = openDevice()
  if (fd !== null) return fd
  throw fail('USAGE', 'there is no terminal to ask at', {
    hint: 'run it from a terminal, or give the value on standard input or in a file',
  })
}

/** Through the stream, not by reading the descriptor: a read that waits in another thread would hold up our exit. */
const readAll = async (max: number): Promise<Uint8Array> => {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of process.stdin) {
    if (!Buffer.isBuffer(part)) continue
    length += part.length
    if (length > max) throw fail('UNSAFE', 'standard input gives more than is accepted')
    parts.push(part)
  }
  const whole = Uint8Array.from(Buffer.concat(parts))
  for (const part of parts) part.fill(0)
  return whole
}
