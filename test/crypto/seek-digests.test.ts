/** What is sent, beside what ansible/plugins/module_utils/receiver/audit_seek.py makes of it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { soughtForms } from '../../src/core/audit/sought.ts'
import { Secret } from '../../src/core/secret.ts'
import { seekDigests } from '../../src/crypto/seek-digests.ts'

const random = { bytes: (count: number) => new Uint8Array(count).fill(7) }

test('a key, then of each form 16 bytes of its HMAC, its length, and how it begins where it is no word', () => {
  const forms = ['kR7vW2-Zq8xT', 'ü'.repeat(300), 'my "pass'].map((text) => ({ bytes: new Secret(text) }))
  const sent = Buffer.from(seekDigests(random, forms))
  const mac = (text: string): string =>
    createHmac('sha256', Buffer.alloc(32, 7)).update(text).digest('hex').slice(0, 32)
  assert.equal(
    sent.toString('hex'),
    `${'07'.repeat(32)}${mac('kR7vW2-Zq8xT')}000c0000${mac('ü'.repeat(300))}02580000${mac('my "pass')}000801cf`,
  )
  assert.equal(seekDigests(random, []).length, 32)
})

const collection = resolve(import.meta.dirname, '../../ansible/plugins/module_utils')
const script = `import json, sys
sys.path.insert(0, ${JSON.stringify(collection)})
from receiver.audit_seek import Seeker
given = json.load(sys.stdin)
seeker = Seeker(bytes.fromhex(given['sent']), 60, 1 << 30)
if given['learn']:
    seeker.learn(given['learn'].encode())
print(json.dumps([(seeker.in_parts if '\\0' in text else seeker.in_text)(text.encode()) for text in given['texts']]))`

const found = (value: string, texts: readonly string[], learn = ''): readonly (readonly number[])[] => {
  const { forms } = soughtForms([{ what: { kind: 'secret', name: 'KEY' }, value: new Secret(value) }])
  const sent = Buffer.from(seekDigests(random, forms)).toString('hex')
  const input = JSON.stringify({ sent, texts, learn })
  const { stdout, stderr } = spawnSync('python3', ['-B', '-c', script], { input, encoding: 'utf8' })
  assert.equal(stderr, '')
  return JSON.parse(stdout)
}

test('a host finds the value wherever and however it is written', () => {
  const value = 'kR7vW2-Zq8xT'
  const base64 = Buffer.from(value).toString('base64')
  const places = [
    value,
    `export KEY=${value}\n`,
    `KEY="${value}"`,
    `key: '${value}', other: 1`,
    `{"key":"${value}"}`,
    `Environment=KEY=${value}`,
    `psql postgres://shop:${value}@db/shop?x=1`,
    `curl -u shop:${value} https://x`,
    `GET /?token=${value}&x=1`,
    `-----\n\n\t${value}  \n`,
    `HOME=/\0KEY=${value}\0`,
    `mysql\0-p\0${value}\0`,
    `mysql\0--password=${value}\0`,
    `data: ${base64}`,
  ]
  for (const [index, held] of found(value, places).entries()) assert.ok(held.length > 0, places[index])
})

test('a value with blanks and quotes is found whole, and by its longest word', () => {
  const value = `it's a $ecret, wJalrXUtnFEMI/bPxRfiCYzEXAMKEY`
  const places = [
    `KEY=${value}`,
    `KEY="${value}"`,
    `key: ${value}`,
    `A=b\0KEY=${value}\0`,
    JSON.stringify({ key: `${value}\n` }),
    `x${encodeURIComponent(value)}`,
    'wrapped\nFEMI/bPxRfiCYzEXAMKEY\n',
  ]
  for (const [index, held] of found(value, places).entries()) assert.ok(held.length > 0, places[index])
})

const phrase = 'correct horse battery staple 42'
const quoted = `it's "one" \\ of $5 & more`
test('a value of short words is found anywhere in a line, and however it is quoted', () => {
  const single = (text: string): string => text.replaceAll("'", "'\\''")
  const double = (text: string): string => text.replace(/[\\"$]/g, '\\$&')
  const places = (value: string): readonly string[] => [
    `pw is ${value}.\n`,
    `a\nb (${value}), c`,
    `Environment="DB_PASSWORD=${JSON.stringify(value).slice(1, -1)}" "X=1"`,
    JSON.stringify({ a: 1, b: { password: value, c: [value] } }),
    JSON.stringify(JSON.stringify({ password: phrase })) + value,
    `mysql -p'${single(value)}' db`,
    `export A=1 PW="${double(value)}"; x`,
    `mysql\0-p${value}\0`.replace('-p', '--password='),
    `mysql\0${value}\0db\0`,
    `A=b\0KEY=${value}\0C=d\0`,
    `POST a=1&pw=${encodeURIComponent(value).replaceAll('%20', '+')}`,
    `key: '${value.replaceAll("'", "''")}' # x`,
    value.replace(/[ "'\\$&]/g, '\\$&'),
  ]
  for (const value of [phrase, quoted]) {
    const all = places(value)
    for (const [index, held] of found(value, all).entries()) assert.ok(held.length > 0, all[index])
  }
  assert.ok(found(phrase, ['echo\0correct\0horse\0battery\0staple\x0042\0'])[0]?.length === 1, 'one for each word')
})

test('what begins with a sign, has two lines, letters of its own, or is a part of what another begins with', () => {
  for (const value of [
    '(abc) def! ghi jk',
    'über allen gipfeln ist',
    'one two\nthree four five',
    'a b c d e f g h 1 2 3',
  ]) {
    const text = `x ${value} y\nz=${value}`
    assert.ok((found(value, [text])[0]?.length ?? 0) > 0, value)
  }
})

test('more than a value is not the value, nor is a part of it', () => {
  const places = [
    'correct horse battery staple 4',
    'correct horse battery staple 421',
    'incorrect horse battery staple 42',
    'correct horse battery staple  42',
    'Correct horse battery staple 42',
    'correct horse '.repeat(1000),
  ]
  for (const [index, held] of found(phrase, places).entries()) assert.deepEqual(held, [], places[index])
})

test('what only resembles it is not found', () => {
  const value = 'kR7vW2-Zq8xT'
  const places = ['', 'kR7vW2-Zq8x', 'kr7vw2-zq8xt', 'kR7vW2 Zq8xT', `a${value}`, `${value}b`, 'KEY=\0', '\0\0', 'KEY=']
  for (const [index, held] of found(value, places).entries()) assert.deepEqual(held, [], places[index])
  assert.deepEqual(found('short', ['short', 'KEY=short']), [[], []])
})

test('what a host learns of itself has the number -1', () => {
  assert.deepEqual(found('short', ['KEY=n4bLpYcE-x', 'n4bLpYcE'], 'n4bLpYcE-x'), [[-1], []])
})
