import assert from 'node:assert/strict'
import test from 'node:test'
import { parseDockerEnv } from '../../../src/core/formats/env-docker.ts'
import { writeEnv, type EnvFormat } from '../../../src/core/formats/env-formats.ts'
import { parseJsonEnv } from '../../../src/core/formats/env-json.ts'
import { hasCode } from '../../../src/core/errors.ts'
import { Secret } from '../../../src/core/secret.ts'

const pem = '-----BEGIN KEY-----\nabc==\n-----END KEY-----\n'

const write = (format: EnvFormat, value: string): string => {
  try {
    return writeEnv(format, new Map([['A', new Secret(value)]]))
  } catch (error) {
    assert.ok(hasCode(error, 'USAGE'), String(error))
    return `refused: ${error.message}`
  }
}

test('what each format writes and refuses', () => {
  const table: readonly (readonly [EnvFormat, string, string | RegExp])[] = [
    ['dotenv', 'x y', "A='x y'\n"],
    ['dotenv', pem, `A='${pem}'\n`],
    ['dotenv', "it's", 'A="it\'s"\n'],
    ['dotenv', '', "A=''\n"],
    ['dotenv', "it's $5", /^refused: A cannot be written as dotenv: it has a single quote together/],
    ['dotenv', 'a\\\\b', /^refused: .*backslash/],
    ['dotenv', 'a\\', /^refused: .*backslash/],
    ['dotenv', 'a\rb', /^refused: .*carriage return/],
    ['dotenv', 'a${B}', /^refused: .*python-dotenv/],
    ['docker', '"quoted" # \'all\' $x \\ ', 'A="quoted" # \'all\' $x \\ \n'],
    ['docker', pem, /^refused: A cannot be written as docker: it has a line end/],
    ['docker', 'x\r', /^refused: .*line end/],
    ['docker', 'x'.repeat(70_000), /^refused: .*long line/],
    ['shell', "it's $5 `x` \\", "export A='it'\\''s $5 `x` \\'\n"],
    ['shell', pem, `export A='${pem}'\n`],
    ['json', 'it\'s "x"\n\u0001', '{\n  "A": "it\'s \\"x\\"\\n\\u0001"\n}\n'],
  ]
  for (const [format, value, expected] of table) {
    const written = write(format, value)
    if (typeof expected === 'string') assert.equal(written, expected)
    else assert.match(written, expected)
  }
})

test('nothing to write is an empty file, or an empty object', () => {
  assert.equal(writeEnv('dotenv', new Map()), '')
  assert.equal(writeEnv('json', new Map()), '{}\n')
})

const readJson = (text: string): Record<string, string> =>
  Object.fromEntries(parseJsonEnv(text).map(({ name, value }) => [name, value.reveal()]))

test('JSON: what is read', () => {
  const table: readonly (readonly [string, Record<string, string>])[] = [
    ['{}', {}],
    ['\ufeff { } \r\n', {}],
    ['{"A": "x\\ny\\u00e9\\ud83d\\ude00"}', { A: 'x\nyé😀' }],
    ['{"A": null, "B": ""}', { B: '' }],
    [
      '{"A": 12345678901234567890, "B": 1.50, "C": -1e3, "D": 0}',
      {
        A: '12345678901234567890',
        B: '1.50',
        C: '-1e3',
        D: '0',
      },
    ],
    ['{"A": true, "B": false}', { A: 'true', B: 'false' }],
    ['{"__proto__": "x"}', JSON.parse('{"__proto__": "x"}')],
  ]
  for (const [text, expected] of table) assert.deepEqual(readJson(text), expected, text)
})

test('JSON: what is refused, where', () => {
  const table: readonly (readonly [string, RegExp])[] = [
    ['', /^f.json:1:1 expected an object/],
    ['[]', /^f.json:1:1 expected an object/],
    ['{"A": {"b": 1}}', /^f.json:1:7 A is not a text but a structure/],
    ['{\n  "A": ["x"]\n}', /^f.json:2:8 A is not a text/],
    ['{"A": "x", "A": "x"}', /^f.json:1:12 A is there twice/],
    ['{"A": "x",}', /^f.json:1:11 expected a name/],
    ['{"A": "x" "B": 1}', /^f.json:1:11 expected a comma/],
    ['{"A": "x"} x', /^f.json:1:12 text after/],
    ['{"A": "x', /^f.json:1:7 expected a value/],
    ['{"A": "\\ud800"}', /no environment variable/],
    ['{"A": "\\u0000"}', /no environment variable/],
    ['{"A": 01}', /^f.json:1:7 expected a value/],
    ['{"A": NaN}', /expected a value/],
    ['{"A": "a\nb"}', /expected a value/],
    ['{"a-b": "x"}', /^f.json:1:2 this key cannot be/],
    ["{'A': 1}", /expected a name in double quotes/],
  ]
  for (const [text, expected] of table) {
    assert.throws(
      () => parseJsonEnv(text, { at: 'f.json' }),
      (error) => hasCode(error, 'CONFIG') && expected.test(`${error.at} ${error.message}`),
      text,
    )
  }
})

test('docker: everything behind the first = is the value', () => {
  const read = parseDockerEnv('# c\n\nA="x" # y\n  B= z \r\nC=\nD=a=b\n')
  const found = read.map(({ name, value, line }) => [name, value.reveal(), line])
  assert.deepEqual(found, [
    ['A', '"x" # y', 3],
    ['B', ' z ', 4],
    ['C', '', 5],
    ['D', 'a=b', 6],
  ])
  for (const bad of ['A', 'A=1\nA=1', 'A B=1', '=x']) {
    assert.throws(
      () => parseDockerEnv(bad),
      (error) => hasCode(error, 'CONFIG'),
      bad,
    )
  }
})
