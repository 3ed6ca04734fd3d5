import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { Attempt, Held, Rotator } from '../../src/core/rotate/rotator.ts'
import { Secret } from '../../src/core/secret.ts'
import { command } from '../../src/rotators/command.ts'
import { webhook } from '../../src/rotators/webhook.ts'
import { rotatorConformance, type Upstream } from '../conformance/rotator.ts'
import { lossyProxy, silentServer, type LossyProxy } from '../support/lossy-proxy.ts'
import { refusal } from '../support/refusal.ts'
import { credentialOf, rotatorPorts } from '../support/rotator.ts'

type Settings = Readonly<Record<string, unknown>>

const examples = resolve(import.meta.dirname, '..', '..', 'examples')
const sample = './rotators/accepted-tokens.py'
const directory = mkdtempSync(join(tmpdir(), 'lockstep-programs-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const ports = rotatorPorts({ directory: examples, path: '/usr/bin:/bin' })
const credential = { group: 'api', names: ['API_TOKEN'] }
const [old, key, account] = ['canary-of-the-old-token', 'canary-of-the-signing-key', 'Bearer canary-of-account']
const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
const values = new Map([['API_TOKEN', new Secret(old)]])
const secrets = new Map([
  ['HOOK_KEY', new Secret(key)],
  ['HOOK_ACCOUNT', new Secret(account)],
])

let made = 0
/** The file of a service that accepts the old token and another one. */
const newPlace = (): string => {
  const place = join(directory, `accepted-${(made += 1)}`)
  writeFileSync(place, `${digest('of somebody else')}\n${digest(old)}\n`)
  return place
}

const linesOf = (place: string): readonly string[] => readFileSync(place, 'utf8').trim().split('\n')

const over = (place: string, rotator: Rotator): Upstream => ({
  rotator,
  values,
  secrets,
  accepts: async (now) => linesOf(place).includes(digest(now.get('API_TOKEN')?.reveal() ?? '')),
  count: async () => linesOf(place).length,
})

const commandOf = (run: readonly string[], more: Settings = {}): Rotator =>
  command.open(credentialOf(credential, { with: 'command', run, ...more }), ports)

const shell = (script: string, more: Settings = {}): Rotator => commandOf(['/bin/sh', '-c', script, 'sh'], more)

/** Says this, having read what it is asked. */
const saying = (answer: unknown, status = 0): Rotator =>
  shell(`cat >/dev/null; printf '%s' '${JSON.stringify(answer)}'; exit ${status}`)

const held: Held = {
  values,
  secret: (name) => secrets.get(name) ?? null,
  signal: new AbortController().signal,
  isEmergency: false,
}
const attempt: Attempt = {
  ...held,
  former: values,
  pending: new Map([['API_TOKEN', new Secret('canary-next')]]),
  marks: {},
}

rotatorConformance(
  'command',
  async () => {
    const place = newPlace()
    const lossy = join(directory, `lost-${made}`)
    const script = `[ -e ${lossy} ] || exec "$@"; "$@" >/dev/null; kill -9 $$`
    return {
      ...over(place, commandOf(['/bin/sh', '-c', script, 'sh', sample, place])),
      loseAnswers: () => writeFileSync(lossy, ''),
      hearAgain: () => rmSync(lossy),
    }
  },
  {
    rolls: true,
    refused: async () => ({ rotator: saying({ error: { code: 'DENIED', message: old } }), values, secrets }),
    silent: async () => ({ rotator: shell('exec sleep 30', { timeout: '1s' }), values, secrets }),
  },
)

/** The sample behind HTTP, which does as docs/rotators.md says. */
let service: { readonly url: string; readonly seen: Settings[]; close(): void }
const proxies: LossyProxy[] = []

before(async () => {
  const seen: Settings[] = []
  const server = createServer((asked, answer) => {
    const parts: Buffer[] = []
    asked.on('data', (part: Buffer) => parts.push(part))
    asked.on('end', () => {
      const body = Buffer.concat(parts)
      const stamp = String(asked.headers['lockstep-timestamp'])
      const wanted = `v1=${createHmac('sha256', key).update(`${stamp}.`).update(body).digest('hex')}`
      seen.push({ authorization: asked.headers.authorization })
      const isOurs = asked.headers['lockstep-signature'] === wanted && Math.abs(Date.now() / 1000 - Number(stamp)) < 300
      const status = Number(/^\/status\/(\d+)/.exec(asked.url ?? '')?.[1] ?? (isOurs ? 200 : 401))
      if (status !== 200) return void answer.writeHead(status, { location: '/' }).end(old)
      const child = spawn('/usr/bin/python3', [join(examples, sample), join(directory, (asked.url ?? '').slice(1))])
      child.stdin.end(body)
      child.stdout.pipe(answer)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address === null || typeof address === 'string' ? assert.fail('no port') : address.port
  service = { url: `http://127.0.0.1:${port}`, seen, close: () => void server.close() }
})
after(() => {
  service.close()
  for (const proxy of proxies) proxy.close()
})

const webhookOf = (url: string, more: Settings = {}): Rotator =>
  webhook.open(credentialOf(credential, { with: 'webhook', url, key: 'HOOK_KEY', ...more }), ports)

rotatorConformance(
  'webhook',
  async () => {
    const place = newPlace()
    const proxy = await lossyProxy(service.url)
    proxies.push(proxy)
    return {
      ...over(place, webhookOf(`${proxy.url}/accepted-${made}`)),
      loseAnswers: () => proxy.loseAnswersTo(({ body }) => body.includes('"step":"install"')),
      hearAgain: () => proxy.loseAnswersTo(() => false),
    }
  },
  {
    rolls: true,
    refused: async () => ({
      rotator: webhookOf(service.url),
      values,
      secrets: new Map([['HOOK_KEY', new Secret('canary-of-another-key')]]),
    }),
    silent: async () => {
      const { url, close } = await silentServer()
      after(close)
      return { rotator: webhookOf(url, { timeout: '1s' }), values, secrets }
    },
  },
)

suite('webhook', () => {
  const answers = [
    [302, 'CONFIG'],
    [404, 'CONFIG'],
    [403, 'DENIED'],
    [429, 'UNAVAILABLE'],
    [500, 'UNAVAILABLE'],
  ] as const
  for (const [status, code] of answers) {
    test(`an answer of ${status} is ${code}, and not shown`, async () => {
      const error = await refusal(code, webhookOf(`${service.url}/status/${status}`).verify(attempt))
      assert.ok(!error.message.includes(old))
    })
  }

  test('an account of the settings is sent as it is', async () => {
    const place = newPlace().split('/').at(-1)
    await webhookOf(`${service.url}/${place}`, { authorization: 'HOOK_ACCOUNT' }).look(held)
    assert.equal(service.seen.at(-1)?.['authorization'], account)
  })

  const wrong: readonly [Settings, RegExp][] = [
    [{ url: 'http://rotate.example.com/' }, /url: must be https/],
    [{ url: 'https://me:word@rotate.example.com/' }, /url: holds an account/],
    [{ key: undefined }, /key: is missing/],
    [{ timeout: '11m' }, /timeout: must be from 1s to 10m/],
    [{ gpa: true }, /no setting gpa; did you mean gap/],
  ]
  for (const [settings, message] of wrong) {
    test(`refused: ${JSON.stringify(settings)}`, async () => {
      const error = await refusal('CONFIG', async () => webhookOf('https://rotate.example.com/', settings))
      assert.match(error.message, message)
    })
  }

  test('a key that is not there is asked for', async () => {
    const error = await refusal('CONFIG', webhookOf(service.url, { key: 'NO_KEY' }).look(held))
    assert.match(error.hint ?? '', /lockstep set NO_KEY/)
  })
})

suite('command', () => {
  test('the plan says that a program is run', async () => {
    const { note } = await commandOf([sample, newPlace()]).look(held)
    assert.equal(note, `runs ${sample} on this machine; 2 accepted`)
  })

  test('it has HOME, PATH and the project’s directory, and no other variable', async () => {
    const script = 'import os, json; print(json.dumps({"step": "look", "note": " ".join(sorted(os.environ))}))'
    process.env['LOCKSTEP_TEST_CANARY'] = 'x'
    after(() => delete process.env['LOCKSTEP_TEST_CANARY'])
    const { note } = await commandOf(['python3', '-c', script]).look(held)
    assert.match(note ?? '', /; HOME (LC_CTYPE )?PATH$/)
  })

  test('it is handed the secrets that the settings name', async () => {
    const script = 'grep -q \'"secrets":{"HOOK_KEY":"canary-of-the-signing-key"}\' && echo \'{"step":"verify"}\''
    await shell(script, { secrets: ['HOOK_KEY'] }).verify(attempt)
    await refusal('UNAVAILABLE', shell(script).verify(attempt))
  })

  test('the sample looks at what it was asked to prove', async () => {
    const error = await refusal('DENIED', commandOf([sample, newPlace()]).verify(attempt))
    assert.match(error.message, /could not verify api and says: the new token is not accepted$/)
    await refusal('CONFIG', commandOf([sample, join(directory, 'none')]).look(held))
  })

  test('what it prints on standard error is nowhere', async () => {
    const error = await refusal('UNAVAILABLE', shell('cat >&2; exit 3').verify(attempt))
    assert.ok(!JSON.stringify({ ...error, message: error.message }).includes(old))
  })

  test('more than is accepted is UNSAFE', async () => {
    await refusal('UNSAFE', shell('head -c 300000 /dev/zero').look(held))
  })

  for (const run of [['./rotators/none'], ['no-such-program-anywhere']]) {
    test(`there is no ${run[0]}`, async () => void (await refusal('CONFIG', commandOf(run).look(held))))
  }

  test('no program is named', async () => void (await refusal('CONFIG', async () => commandOf([]))))

  const noAnswers: readonly [string, unknown][] = [
    ['nothing', undefined],
    ['a list', []],
    ['an answer to another step', { step: 'look' }],
    ['no step: a page that always says so', { status: 'ok' }],
    ['a value of another name', { step: 'propose', values: { OTHER: 'canary-of-other' } }],
    ['an empty value', { step: 'propose', values: { API_TOKEN: '' } }],
    ['a mark with a value in it', { step: 'propose', marks: { id: `x ${old}` } }],
    ['a mark with a new value in it', { step: 'propose', values: { API_TOKEN: 'abcdefg' }, marks: { id: 'abcdefg' } }],
    ['marks of several lines', { step: 'propose', marks: { id: 'a\nb' } }],
    ['an error of another code', { error: { code: 'INTERNAL', message: 'x' } }],
  ]
  for (const [what, answer] of noAnswers) {
    test(`no answer: ${what}`, async () => {
      const error = await refusal('TAMPERED', saying(answer ?? '').propose(held))
      assert.ok(!error.message.includes('canary'))
    })
  }

  test('installed without a new value', async () => {
    await refusal('TAMPERED', saying({ step: 'install' }).install({ ...attempt, pending: new Map() }))
  })

  test('a value that upstream makes comes with install, and marks are added to those that are there', async () => {
    const answer = { step: 'install', values: { API_TOKEN: 'made-by-upstream' }, marks: { id: '7' } }
    const found = await saying(answer).install({ ...attempt, pending: new Map(), marks: { before: '6' } })
    assert.equal(found.values.get('API_TOKEN')?.reveal(), 'made-by-upstream')
    assert.deepEqual(found.marks, { before: '6', id: '7' })
  })

  test('how the old value gets on', () => {
    assert.equal(saying({}).oldStays, 'both')
    assert.equal(shell('exit', { gap: true }).oldStays, 'gap')
    assert.equal(shell('exit', { breaks: 'sessions' }).oldStays, 'breaks')
  })
})
