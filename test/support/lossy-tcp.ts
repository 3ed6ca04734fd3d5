import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { after } from 'node:test'

export interface LossyTcp {
  readonly port: number
  /** From now on what makes `isChange` true reaches the server, and its answer is lost: the connection breaks. */
  loseAnswers(): void
  hearAgain(): void
}

/** Stands between a client and the server on this port of this machine. */
export const lossyTcp = async (to: number, isChange: (sent: string) => boolean): Promise<LossyTcp> => {
  let isLosing = false
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1')
    let isLost = false
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        open.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (part) => {
      isLost ||= isLosing && isChange(part.toString('latin1'))
      upstream.write(part)
    })
    // it has answered, so it has done what it was asked
    upstream.on('data', (part) => void (isLost ? client.destroy() : client.write(part)))
  })
  const port = await listening(server)
  after(() => endAll(server, open))
  return { port, loseAnswers: () => void (isLosing = true), hearAgain: () => void (isLosing = false) }
}

/** A port of this machine where connections are taken and nobody ever says a word. */
export const silentPort = async (): Promise<number> => {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    socket.on('error', () => {})
    open.add(socket)
  })
  after(() => endAll(server, open))
  return listening(server)
}

const endAll = (server: Server, open: ReadonlySet<Socket>): void => {
  for (const socket of open) socket.destroy()
  server.close()
}

const listening = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : assert.fail('no port')
}
