import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { Secret } from '../../src/core/secret.ts'
import type { AccessKey } from '../../src/crypto/aws-signature.ts'
import { clock } from '../../src/io/clock.ts'
import { http } from '../../src/io/http.ts'
import { accessKeys, type AccessKeys } from '../../src/rotators/aws/access-keys.ts'
import type { Places } from '../../src/rotators/aws/places.ts'
import { asking, granted, textIn } from '../../src/rotators/aws/query.ts'

export interface Moto {
  /** Without a slash at its end. */
  readonly url: string
  /** An account of everybody's: may do anything. */
  readonly root: AccessKey
  /** Any action of IAM, as root. */
  iam(action: string, parameters: Readonly<Record<string, string>>): Promise<string>
  /** What can be asked of the keys of users, signed by this key. */
  as(key: AccessKey): AccessKeys
  /** A user that may do these actions, and its first key. */
  user(name: string, actions: readonly string[]): Promise<AccessKey>
  /** Whose key this is, as the official client sees it; null where it is refused. */
  official(key: AccessKey): Promise<string | null>
  stop(): Promise<void>
}

const run = promisify(execFile)

/** A server that answers as AWS does, checks each signature, and knows nobody but root. */
export const startMoto = async (): Promise<Moto> => {
  const script = resolve(import.meta.dirname, '../../scripts/peers-moto.sh')
  const venv = (await run('sh', [script])).stdout.trim()
  const server = spawn(join(venv, 'bin/moto_server'), ['-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], INITIAL_NO_AUTH_ACTION_COUNT: '3' },
  })
  const url = await addressIn(server.stderr)
  const places: Places = {
    iam: { url: new URL(url), region: 'us-east-1' },
    sts: { url: new URL(url), region: 'us-east-1' },
  }
  const ask = asking({ http, clock }, places)
  const { signal } = new AbortController()
  const iamAs =
    (key: AccessKey): Moto['iam'] =>
    async (action, parameters) =>
      granted(await ask({ service: 'iam', action, parameters, key, signal }))
  const as = (key: AccessKey): AccessKeys => accessKeys({ http, clock }, places, key, signal)

  // the first three requests are not checked: they make the account that all others are made with
  const nobody = { id: new Secret('AKIAIOSFODNN7EXAMPLE'), secret: new Secret('none') }
  const root = await userBy(iamAs(nobody), 'root', ['*'])
  const iam = iamAs(root)
  return {
    url,
    root,
    iam,
    as,
    user: (name, actions) => userBy(iam, name, actions),
    official: (key) => officially(join(venv, 'bin/python'), url, key),
    stop: async () => {
      server.kill()
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
    },
  }
}

const addressIn = async (stream: NodeJS.ReadableStream): Promise<string> => {
  for await (const line of createInterface(stream)) {
    const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1]
    if (url === undefined) continue
    stream.resume()
    return url
  }
  return assert.fail('moto did not start')
}

const userBy = async (iam: Moto['iam'], name: string, actions: readonly string[]): Promise<AccessKey> => {
  await iam('CreateUser', { UserName: name })
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] }
  if (actions.length > 0)
    await iam('PutUserPolicy', { UserName: name, PolicyName: 'may', PolicyDocument: JSON.stringify(policy) })
  const xml = await iam('CreateAccessKey', { UserName: name })
  return {
    id: new Secret(textIn(xml, 'AccessKeyId', /./) ?? assert.fail()),
    secret: new Secret(textIn(xml, 'SecretAccessKey', /./) ?? assert.fail()),
  }
}

const program = `
import boto3, botocore.exceptions, json, sys
given = json.load(sys.stdin)
sts = boto3.client('sts', endpoint_url=given['url'], region_name='us-east-1',
                   aws_access_key_id=given['id'], aws_secret_access_key=given['secret'])
try:
    print(sts.get_caller_identity()['Arn'])
except botocore.exceptions.ClientError:
    print('refused')
`

const officially = async (python: string, url: string, key: AccessKey): Promise<string | null> => {
  const child = spawn(python, ['-c', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
  })
  child.stdin.end(JSON.stringify({ url, id: key.id.reveal(), secret: key.secret.reveal() }))
  let said = ''
  for await (const part of child.stdout) said += String(part)
  return said.trim() === 'refused' ? null : said.trim()
}
