/** The API: health, the status of its secrets, and one endpoint that uses one. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { load, nodeStatusHandler, SecretsError } from 'lockstep'
import { readBody, TooLarge } from './read-body.ts'
import { sign } from './sign.ts'

const { HOST: address, PORT = '8080' } = process.env
const port = Number(PORT)

// Where its container mounts them is /app/vault-password and /app/secrets; outside of one these variables say it.
const { VAULT_PASSWORD_FILE: passwordFile, SECRETS_DIRECTORY: directory } = process.env

// Starts degraded where the files are not there yet, and becomes ready without a restart.
const secrets = await load({ required: ['SESSION_KEY'], passwordFile, directory })
const status = nodeStatusHandler(secrets)

const answer = (response: ServerResponse, code: number, body: object): void => {
  response.writeHead(code, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
  response.end(`${JSON.stringify(body)}\n`)
}

const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  if (status(request, response)) return
  const { method, url } = request
  if (method === 'GET' && url === '/health') return answer(response, 200, { alive: true, ready: secrets.ready })
  if (method === 'POST' && url === '/api/sign') {
    const body = await readBody(request)
    return answer(response, 200, { algorithm: 'HMAC-SHA256', signature: sign(secrets.get('SESSION_KEY'), body) })
  }
  answer(response, 404, { error: 'NOT_FOUND' })
}

/** What went wrong, by its code alone: a message is for the log, and no value is in either. */
const refuse = (response: ServerResponse, error: unknown): void => {
  if (error instanceof TooLarge) return answer(response, 413, { error: 'TOO_LARGE' })
  if (error instanceof SecretsError) return answer(response, 503, { error: error.code })
  console.error(error)
  answer(response, 500, { error: 'INTERNAL' })
}

const server = createServer((request, response) => {
  route(request, response).catch((error: unknown) => refuse(response, error))
})
server.listen(port, address, () => console.log(JSON.stringify({ time: new Date().toISOString(), listening: port })))

// PID 1 has no default answer to signals: without these, `docker stop` waits ten seconds and kills.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    server.close(() => {
      secrets.close()
      process.exit(0)
    })
    server.closeIdleConnections()
  })
}
