/** An API that needs its credentials for every answer: it logs in to PostgreSQL and signs a request to AWS with them. */
import { createServer } from 'node:http'
import { Client } from 'pg'
import { signed } from '../../../src/crypto/aws-signature.ts'
import { load, nodeStatusHandler } from '../../../src/index.ts'

const { SERVERS = '' } = process.env
const secrets = await load({ required: ['DB_USER', 'DB_PASSWORD', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] })
const status = nodeStatusHandler(secrets)

const useDatabase = async (): Promise<void> => {
  const [user, password] = [secrets.get('DB_USER').reveal(), secrets.get('DB_PASSWORD').reveal()]
  const client = new Client({ host: SERVERS, port: 5433, database: 'postgres', user, password })
  await client.connect()
  await client.query('SELECT 1')
  await client.end()
}

const useCloud = async (): Promise<void> => {
  const url = new URL(`http://${SERVERS}:5001/`)
  const body = 'Action=GetCallerIdentity&Version=2011-06-15'
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const key = { id: secrets.get('AWS_ACCESS_KEY_ID'), secret: secrets.get('AWS_SECRET_ACCESS_KEY') }
  const headers = signed(key, {
    method: 'POST',
    url,
    headers: type,
    body,
    region: 'us-east-1',
    service: 'sts',
    at: Date.now(),
  })
  const reply = await fetch(url, { method: 'POST', headers, body })
  if (!reply.ok) throw new Error(`AWS answers ${reply.status}`)
}

const server = createServer((request, response) => {
  if (status(request, response)) return
  if (request.url === '/health') {
    response.end('alive\n')
    return
  }
  Promise.all([useDatabase(), useCloud()]).then(
    () => response.end('used\n'),
    (error: unknown) => {
      response.writeHead(500)
      response.end(`${error instanceof Error ? error.message : 'broken'}\n`)
    },
  )
})

server.listen(8080)
// whoever was let in is answered
process.on('SIGTERM', () => server.close(() => process.exit(0)))
