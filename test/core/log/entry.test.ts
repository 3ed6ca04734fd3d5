import assert from 'node:assert/strict'
import { test } from 'node:test'
import { array, assert as holds, nat, property, string, stringMatching } from 'fast-check'
import type { Entry } from '../../../src/core/log/entry.ts'
import { noEntry } from '../../../src/core/log/entry.ts'
import { parseAccess, parseLine } from '../../../src/core/log/entry-shape.ts'
import { printLine } from '../../../src/core/log/entry-text.ts'
import { csvOf, linesOf } from '../../../src/core/log/export.ts'
import { anAccess } from '../../support/log.ts'

const mac = 'a'.repeat(64)

const entry = (more: Partial<Entry>): Entry => ({
  ...anAccess(),
  log: 'b'.repeat(32),
  seq: 1,
  prev: noEntry,
  key: 'c'.repeat(16),
  ...more,
})

const breakers = [
  'a\nb',
  'a\r\nb',
  '\u001b[2Jx',
  '","seq":9,"x":"',
  '\u2028x',
  '\u202egnp',
  '{"a":1}',
  '\u0000',
  '\\n',
  '\ud800',
]

test('nothing in a name or a reason makes another line or moves a cursor', () => {
  for (const text of breakers) {
    const who = { ...anAccess().who, user: text, host: text, parent: { pid: 1, name: text } }
    const line = printLine(
      entry({ why: text, who, command: text, names: { files: [text], groups: [text], hosts: [text] } }),
      mac,
    )
    assert.match(line, /^\{[^\p{Cc}\u2028\u2029\u202e]*\}$/u)
    const read = parseLine(line)?.entry
    assert.equal(read?.seq, 1)
    assert.equal(read.names.files?.length, 1)
  }
})

test('what cannot be a secret’s name is not written down: it may be a value', () => {
  const line = printLine(entry({ names: { secrets: ['API_KEY', 's3cr3t/value+', 'x'.repeat(200)] } }), mac)
  assert.deepEqual(parseLine(line)?.entry.names.secrets, ['API_KEY', '(no name)', '(no name)'])
})

test('a long list says how much is left out', () => {
  const secrets = Array.from({ length: 1000 }, (_, i) => `KEY_${i}`)
  const read = parseLine(printLine(entry({ names: { secrets } }), mac))?.entry.names
  assert.equal(read?.secrets?.length, 200)
  assert.equal(read.more, 800)
})

test('a line has one form: any other of the same meaning is none', () => {
  const line = printLine(entry({ why: 'x' }), mac)
  assert.notEqual(parseLine(line), null)
  const others = [
    ` ${line}`,
    `${line} `,
    line.replace(',', ', '),
    line.replace('"x"', '"\\u0078"'),
    line.replace('{', '{"z":1,'),
  ]
  for (const other of others) assert.equal(parseLine(other), null, other)
})

test('any text is read as an entry or as none, and what was printed is read as it was', () => {
  holds(
    property(string({ unit: 'binary' }), (text) => {
      const read = parseLine(text)
      assert.ok(read === null || printLine(read.entry, read.mac) === text)
      assert.equal(parseAccess(text), null)
    }),
  )
  holds(
    property(string({ unit: 'grapheme' }), nat(), array(stringMatching(/^[A-Z]{1,20}$/)), (why, seq, secrets) => {
      const line = printLine(entry({ why, seq: seq % 2 ** 30, names: { secrets } }), mac)
      const read = parseLine(line)
      assert.ok(read !== null, line)
      assert.equal(printLine(read.entry, read.mac), line)
      assert.deepEqual(read.entry.names.secrets ?? [], secrets)
    }),
  )
})

test('an export quotes what would be a formula or a border', () => {
  const one = { ...entry({ why: '=1+1,"x"', command: 'get' }), who: { ...anAccess().who, user: '@me' } }
  const [headings = '', row = ''] = csvOf([one]).split('\n')
  assert.equal(headings.split(',').length, 23)
  assert.match(row, /,"'=1\+1,""x""",/)
  assert.match(row, /,"'@me",/)
  assert.equal(JSON.parse(linesOf([one])).why, '=1+1,"x"')
})
