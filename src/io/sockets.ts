import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { fail } from '../core/errors.ts'
import type { Channel, Sockets } from '../core/links.ts'

const maxMessage = 64 * 1024 * 1024

/** Unix sockets; the directory's mode is what keeps others out, so the caller makes it 0700. */
export const sockets: Sockets = {
  listen: async (path, accept) => {
    const open = new Set<Socket>()
    const server = createServer((socket) => {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
      accept(channelOf(socket))
    })
    server.listen(path)
    await once(server, 'listening')
    return {
      close: async () => {
        for (const socket of open) socket.destroy()
        server.close()
        await once(server, 'close')
      },
    }
  },
}

/** Messages of a 4-byte length, that many bytes of JSON, and the blobs whose sizes it lists under `blobs`. */
const channelOf = (socket: Socket): Channel => {
  const messages = incoming(socket)
  return {
    send: async (message, blobs = []) => {
      const body = Buffer.from(JSON.stringify({ ...message, blobs: blobs.map((blob) => blob.length) }))
      const head = Buffer.alloc(4)
      head.writeUInt32BE(body.length)
      for (const part of [head, body, ...blobs]) await write(socket, part)
    },
    receive: async () => (await messages.next()).value ?? null,
    close: () => socket.destroy(),
  }
}

const write = (socket: Socket, part: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.write(part, (cause) => {
      if (cause) reject(fail('UNAVAILABLE', 'the other side of the socket is gone', { cause }))
      else resolve()
    })
  })

async function* incoming(socket: Socket): AsyncGenerator<unknown, null> {
  const chunks: Buffer[] = []
  let held = 0
  let wanted = 4
  let isHead = true
  try {
    for await (const chunk of socket) {
      chunks.push(chunk)
      held += chunk.length
      while (held >= wanted) {
        const all = Buffer.concat(chunks.splice(0))
        const part = all.subarray(0, wanted)
        chunks.push(all.subarray(wanted))
        held -= wanted
        if (!isHead) yield parse(part)
        wanted = isHead ? part.readUInt32BE() : 4
        if (wanted > maxMessage) throw fail('TAMPERED', 'a message over the socket is too large')
        isHead = !isHead
      }
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ECONNRESET') return null
    throw cause
  }
  return null
}

const parse = (part: Buffer): unknown => {
  try {
    return JSON.parse(part.toString('utf8'))
  } catch (cause) {
    throw fail('TAMPERED', 'a message over the socket is not JSON', { cause })
  }
}
