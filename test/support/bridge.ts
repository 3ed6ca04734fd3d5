import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestFleet } from './fleet.ts'

export interface Bridge {
  stop(): Promise<void>
}

// sockets of files are seen from every network
const inside = `
import socket, sys, threading
def carry(a, b):
    try:
        while True:
            data = a.recv(65536)
            if not data:
                break
            b.sendall(data)
    except OSError:
        pass
    try:
        b.shutdown(socket.SHUT_WR)
    except OSError:
        pass
def serve(client):
    server = socket.socket(socket.AF_UNIX)
    try:
        server.connect(sys.argv[2])
    except OSError:
        client.close()
        return
    threading.Thread(target=carry, args=(client, server), daemon=True).start()
    carry(server, client)
    client.close()
listener = socket.create_server(('0.0.0.0', int(sys.argv[1])), backlog=128)
print('ready', flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
`

/** A server of the test's own, which listens on this port of the machine's loopback, is reached from the hosts and from
 *  the controller under `port` of the controller's addresses. */
export const bridge = async (fleet: TestFleet, from: number, port: number): Promise<Bridge> => {
  const path = join(fleet.directory, `bridge-${port}.sock`)
  const open = new Set<Socket>()
  const server: Server = createServer((client) => {
    const target = connect(from, '127.0.0.1')
    for (const one of [client, target]) {
      open.add(one)
      one.on('error', () => [client, target].forEach((each) => each.destroy()))
      one.once('close', () => open.delete(one))
    }
    client.pipe(target).pipe(client)
  })
  server.listen(path)
  await once(server, 'listening')
  const [file = '', ...args] = fleet.controller(['python3', '-c', inside, String(port), path])
  const child: ChildProcess = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  if (child.stdout !== null) for await (const line of createInterface(child.stdout)) if (line === 'ready') break
  return {
    stop: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
      for (const one of open) one.destroy()
      server.close()
    },
  }
}
