import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { parseEnv, promisify } from 'node:util'
import * as fc from 'fast-check'
import { formatDotenvEntry } from '../../src/core/formats/dotenv.ts'
import { portabilityBreach, quoteDotenv } from '../../src/core/formats/dotenv-value.ts'
import { writeEnv } from '../../src/core/formats/env-formats.ts'
import { Secret } from '../../src/core/secret.ts'

const run = promisify(execFile)
const max = { maxBuffer: 64 * 1024 * 1024 }
let directory = ''
let python = ''

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'peer-dotenv-'))
  const { stdout } = await run('sh', [resolve(import.meta.dirname, '../../scripts/peers-ansible.sh')])
  python = join(stdout.trim(), 'bin/python')
})
after(() => rm(directory, { recursive: true, force: true }))

type Values = Readonly<Record<string, string>>

const ours = (all: Readonly<Record<string, string | undefined>>): Values =>
  Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (/^N\d+$/.test(name) && value !== undefined ? [[name, value]] : [])),
  )

/** What a shell has in its environment after reading the file: exact bytes, thanks to `env -0`. */
const shell = async (program: string, file: string, before_: string): Promise<Values> => {
  const script = `${before_} . "$0"; exec env -0`
  const { stdout } = await run(program, ['-c', script, file], { ...max, env: { PATH: process.env['PATH'] } })
  const pairs = stdout.split('\0').filter((entry) => entry !== '')
  return ours(Object.fromEntries(pairs.map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)])))
}

const pythonDotenv = async (file: string): Promise<Values> => {
  const program = 'import dotenv, json, sys; json.dump(dotenv.dotenv_values(sys.argv[1]), sys.stdout)'
  const { stdout } = await run(python, ['-c', program, file], max)
  return ours(JSON.parse(stdout))
}

/** What the real docker client makes of an env file: it reads the file itself, so an engine that only listens will do. */
const docker = async (file: string): Promise<Values> => {
  const socket = join(directory, 'docker.sock')
  const bodies: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.setHeader('Api-Version', '1.41').setHeader('Content-Type', 'application/json')
      if (request.url?.includes('/containers/create') === true) bodies.push(Buffer.concat(chunks).toString())
      response.end('{"Id":"x","ApiVersion":"1.41","MinAPIVersion":"1.12"}')
    })
  })
  await new Promise<void>((done) => server.listen(socket, done))
  try {
    await run('docker', ['-H', `unix://${socket}`, 'create', '--env-file', file, 'image'], max)
  } finally {
    server.closeAllConnections()
    server.close()
  }
  const sent: { Env: readonly string[] } = JSON.parse(bodies[0] ?? '{}')
  return ours(Object.fromEntries(sent.Env.map((pair) => [pair.split('=')[0], pair.slice(pair.indexOf('=') + 1)])))
}

const hard = [
  ["it's", 'x y', ' lead', 'trail ', '#x', 'a#b', 'a # b', '$HOME', '${HOME}', '`id`', '$(id)', '"x"', '\\', 'a\\nb'],
  ['a\\\\b', 'a\'b"c', "'", '"', '', '\n', '\n\n', '\t', '~', '~/x', 'a:~', '*', '!', 'a=b', '=', 'é', '中', '😀'],
  ['-----BEGIN KEY-----\nabc==\n-----END KEY-----\n', '{"a": "b\\n"}', 'x\r\ny', '\ufeffx', '\u0085', '\u2028'],
  ["it's $5", 'a\\', "a'\\", '$2b$10$abc/def', 'p&q;r|s<t>(u)', '\x7f\x1b[0m', '\u0081\u0082', '\u00a0'],
].flat()
const letters = fc.constantFrom("'", '"', '\\', '$', '`', '#', ' ', '\n', '\t', 'a', 'n', '{', '}', '=', '!', 'é', '~')
const random = fc.sample(
  fc.oneof(fc.string({ unit: letters }), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })),
  1500,
)
const values = [...hard, ...random].filter((value) => !value.includes('\0') && value.isWellFormed())
const numbered = (chosen: readonly string[]): Values =>
  Object.fromEntries(chosen.map((value, index) => [`N${index}`, value]))
const secrets = (all: Values): ReadonlyMap<string, Secret> =>
  new Map(Object.entries(all).map(([name, value]) => [name, new Secret(value)]))

test('any file of ours gives sh the same values', async () => {
  const expected = numbered(values)
  const file = join(directory, 'ours.env')
  await writeFile(file, Array.from(secrets(expected), ([name, value]) => formatDotenvEntry(name, value)).join('\n'))
  for (const program of ['sh', 'bash']) assert.deepEqual(await shell(program, file, 'set -a;'), expected, program)
})

test('an export as dotenv gives sh, Node and python-dotenv the same values', async () => {
  const expected = numbered(values.filter((value) => portabilityBreach(value) === null))
  assert.ok(Object.keys(expected).length > values.length / 3)
  const text = writeEnv('dotenv', secrets(expected))
  const file = join(directory, 'portable.env')
  await writeFile(file, text)
  assert.deepEqual(await shell('sh', file, 'set -a;'), expected)
  assert.deepEqual(ours(parseEnv(text)), expected)
  assert.deepEqual(await pythonDotenv(file), expected)
})

test('what an export as dotenv refuses, one of the readers does read wrongly', async () => {
  const refused = values.filter((value) => portabilityBreach(value) !== null)
  const file = join(directory, 'refused.env')
  for (const value of refused.slice(0, 40)) {
    const text = `N0=${quoteDotenv(value)}\n`
    await writeFile(file, text)
    const read = [ours(parseEnv(text))['N0'], (await pythonDotenv(file))['N0']]
    assert.ok(
      read.some((found) => found !== value),
      JSON.stringify(value),
    )
  }
})

test('an export for docker gives the docker client the same values', async () => {
  const expected = numbered(values.filter((value) => !/[\r\n]/.test(value)))
  const file = join(directory, 'docker.env')
  await writeFile(file, writeEnv('docker', secrets(expected)))
  assert.deepEqual(await docker(file), expected)
})

test('an export for shells gives sh the same values', async () => {
  const expected = numbered(values)
  const file = join(directory, 'exports.sh')
  await writeFile(file, writeEnv('shell', secrets(expected)))
  for (const program of ['sh', 'bash']) assert.deepEqual(await shell(program, file, ''), expected, program)
})
