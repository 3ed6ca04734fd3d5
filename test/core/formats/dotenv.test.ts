import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { formatDotenvEntry, parseDotenv, updateDotenv } from '../../../src/core/formats/dotenv.ts'
import { hasCode } from '../../../src/core/errors.ts'
import { Secret } from '../../../src/core/secret.ts'

const read = (text: string): Record<string, string> =>
  Object.fromEntries(parseDotenv(text).map(({ name, value }) => [name, value.reveal()]))

const refusal = (text: string): string => {
  try {
    parseDotenv(text, { at: 'f.env' })
    return 'read'
  } catch (error) {
    assert.ok(hasCode(error, 'CONFIG'), String(error))
    return `${error.at} ${error.message}`
  }
}

test('what is read', () => {
  const table: readonly (readonly [string, Record<string, string>])[] = [
    ['', {}],
    ['\n\n# only a comment\n  # another\n', {}],
    ['A=1\n', { A: '1' }],
    ['A=1', { A: '1' }],
    ['A=\n', { A: '' }],
    ["A=''\n", { A: '' }],
    ['A=""\n', { A: '' }],
    ['export A=1\n', { A: '1' }],
    ['  export\tA=1\n', { A: '1' }],
    ['export=1\n', { export: '1' }],
    ['A=a=b==\n', { A: 'a=b==' }],
    ['A=https://u@h:1/p?x=1,2%20*!\n', { A: 'https://u@h:1/p?x=1,2%20*!' }],
    ['A=päß中\n', { A: 'päß中' }],
    ['A=1 # comment\nB= # empty\n', { A: '1', B: '' }],
    ["A='1' # it's a comment\n", { A: '1' }],
    ['A=\'$HOME `id` "x" \\n #no\'\n', { A: '$HOME `id` "x" \\n #no' }],
    ["A='  blanks  '\n", { A: '  blanks  ' }],
    ["A='C:\\\\dir\\'\n", { A: 'C:\\\\dir\\' }],
    ['A="it\'s"\n', { A: "it's" }],
    ['A="\\$\\`\\"\\\\"\n', { A: '$`"\\' }],
    [
      "K='-----BEGIN KEY-----\nabc==\n#x\nB=2\n-----END KEY-----\n'\nC=3\n",
      {
        K: '-----BEGIN KEY-----\nabc==\n#x\nB=2\n-----END KEY-----\n',
        C: '3',
      },
    ],
    ['K="one\ntwo"\n', { K: 'one\ntwo' }],
    ['\ufeffA=1\n', { A: '1' }],
    ["A='\ufeffx'\n", { A: '\ufeffx' }],
    ["A=1\r\nB='x\r\ny'\r\n", { A: '1', B: 'x\ny' }],
    ["A=1\nB='x\r\ny'\n", { A: '1', B: 'x\r\ny' }],
    ["A='x\r'\n", { A: 'x\r' }],
  ]
  for (const [text, expected] of table) assert.deepEqual(read(text), expected, JSON.stringify(text))
})

test('what is refused, where and why', () => {
  const table: readonly (readonly [string, RegExp])[] = [
    ['A', /^f.env:1:1 this line is not NAME=value/],
    ['A=1\nexport B\n', /^f.env:2:1 this line is not NAME=value/],
    ['A = 1', /^f.env:1:1 this line is not/],
    ['A= 1', /^f.env:1:3 a blank inside a value/],
    ['A=one two', /^f.env:1:6 a blank inside a value/],
    ['my-key=1', /this line is not/],
    ['1A=1', /this line is not/],
    ['=1', /this line is not/],
    ['[section]', /this line is not/],
    ['A: 1', /this line is not/],
    ['A=$B', /^f.env:1:3 a \$ or backtick/],
    ['A=pa$$word', /^f.env:1:5 a \$ or backtick/],
    ['A=`id`', /^f.env:1:3 a \$ or backtick/],
    ['A="$B"', /^f.env:1:4 a \$ inside double quotes/],
    ['A="`id`"', /^f.env:1:4 a backtick inside double quotes/],
    ['A="line\\nline"', /^f.env:1:8 a backslash inside double quotes/],
    ['A="x\\\ny"', /a backslash inside double quotes/],
    ['A=a\\b', /^f.env:1:4 a backslash/],
    ['A=a#b', /^f.env:1:4 a # right behind/],
    ["A='a'#b", /a # right behind/],
    ["A='a'b", /^f.env:1:6 a character/],
    ["A='a''b'", /a quote in the middle/],
    ["A=it's", /a quote in the middle/],
    ["A='open\nB=2\n", /^f.env:1:3 a single quote that is never closed/],
    ['\nA="open\n', /^f.env:2:3 a double quote that is never closed/],
    ['A=a;b', /a character that a shell acts on/],
    ['A=x&y=1', /a character that a shell acts on/],
    ['A=~/x', /a character that a shell acts on/],
    ['A=1\nB=2\nA=1\n', /^f.env:3:1 A is set twice, first on line 1/],
    ["K='a\nb\nc'\nA=1\nK=2", /^f.env:5:1 K is set twice, first on line 1/],
    ['A=1\r\nB=2\n', /^f.env:1:4 a carriage return/],
    ["A='a\0b'", /^f.env:1:3 a NUL/],
    ['A=a\u00a0b', /^f.env:1:4 a character/],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE=\n', /^f.env:1:1 this line is not/],
  ]
  for (const [text, expected] of table) assert.match(refusal(text), expected, JSON.stringify(text))
})

test('a refusal shows nothing of the text', () => {
  const canary = 'cAnArYvAlUe'
  for (const text of [canary, `A=${canary} x`, `A="${canary}`, `A=${canary}$x`, `${canary}==`, `A='x'${canary}`]) {
    assert.ok(!refusal(text).includes(canary), text)
  }
})

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom("'", '"', '\\', '$', '`', '#', ' ', '\n', '\r', '\t', 'a', '{', '}', '=', '!', '\ufeff'),
  }),
  fc.string({ unit: 'binary' }),
)
const storable = anyText.filter((text) => !text.includes('\0') && text.isWellFormed())

test('every text can be written and reads back the same', () => {
  fc.assert(
    fc.property(fc.array(storable, { minLength: 1, maxLength: 4 }), (values) => {
      const text = values.map((value, index) => `${formatDotenvEntry(`N${index}`, new Secret(value))}\n`).join('')
      assert.deepEqual(Object.values(read(text)), values)
    }),
    { numRuns: 500 },
  )
})

test('quotes appear only where they are needed', () => {
  const table: readonly (readonly [string, string])[] = [
    ['AKIA/abc+1==', 'AKIA/abc+1=='],
    ['', "''"],
    ['two words', "'two words'"],
    ['$2b$10$x', "'$2b$10$x'"],
    ["it's", '"it\'s"'],
    ["it's $5", '"it\'s \\$5"'],
    ['C:\\\\x', '"C:\\\\\\\\x"'],
    ['C:\\x', "'C:\\x'"],
  ]
  for (const [value, written] of table) assert.equal(formatDotenvEntry('A', new Secret(value)), `A=${written}`)
})

test('what is no text cannot be written', () => {
  for (const bad of [new Secret('a\0b'), new Secret(Uint8Array.of(0xff, 0xfe))]) {
    assert.throws(
      () => formatDotenvEntry('A', bad),
      (error) => hasCode(error, 'USAGE'),
    )
  }
  assert.throws(
    () => formatDotenvEntry('a-b', new Secret('x')),
    (error) => hasCode(error, 'USAGE'),
  )
})

test('an update keeps comments, order, export and the spelling of what stays', () => {
  const before = '# top\nA=1 # one\n\nexport B="two"\n# of C\nC=\'x\ny\'\nD=4'
  const changes = new Map([
    ['A', new Secret('new value')],
    ['B', new Secret('two')],
    ['C', null],
    ['E', new Secret("it's")],
    ['Z', null],
  ])
  const after = '# top\nA=\'new value\' # one\n\nexport B="two"\n# of C\nD=4\nE="it\'s"\n'
  assert.equal(updateDotenv(before, changes), after)
  assert.equal(updateDotenv('', new Map([['A', new Secret('1')]])), 'A=1\n')
  assert.equal(updateDotenv('\ufeffA=1\r\n', new Map([['A', new Secret('2')]])), 'A=2\n')
  assert.equal(updateDotenv('A=\nB=1\n', new Map([['A', new Secret('x')]])), 'A=x\nB=1\n')
})

test('an update changes exactly what it is asked to', () => {
  const names = fc.constantFrom('A', 'B', 'C', 'D')
  fc.assert(
    fc.property(fc.dictionary(names, storable), fc.dictionary(names, fc.option(storable)), (start, changes) => {
      // each line ended as we end it: a file whose every line end is CR LF means LF by them
      const text = Object.entries(start).map(([name, value]) => `${formatDotenvEntry(name, new Secret(value))}\n`)
      const wanted = new Map(
        Object.entries(changes).map(([name, value]) => [name, value === null ? null : new Secret(value)]),
      )
      const expected = Object.entries({ ...start, ...changes }).filter((entry) => entry[1] !== null)
      assert.deepEqual(read(updateDotenv(text.join('# c\n'), wanted)), Object.fromEntries(expected))
    }),
    { numRuns: 300 },
  )
})
