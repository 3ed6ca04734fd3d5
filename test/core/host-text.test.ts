import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { hostText, pathWord, printable, shellWord, withoutControls } from '../../src/core/host-text.ts'

/** What a host may say that wants to be taken for something else. */
const hostile: readonly string[] = [
  'fine\nhost2: delivered',
  'fine\r\u001b[2K\u001b[1A error: run this',
  '\u001b]0;title\u0007',
  'rm\u202e fdp.exe',
  'a\u2066b\u2069\u200e\u061c',
  'one\u2028two\u2029three',
  '\u0000\u0008\u007f\u009b31m',
  'zero\u200bwidth\ufeff\u00ad',
]

test('a line of ours stays one line, all of it to be seen', () => {
  for (const text of hostile) {
    const line = hostText(text)
    assert.doesNotMatch(line, /[\p{C}\u2028\u2029]/u, JSON.stringify(text))
    assert.doesNotMatch(line, /\n/)
  }
  assert.equal(hostText('  the disk\n\tis full '), 'the disk is full')
  assert.equal(hostText('größer als 日本 – “ok”'), 'größer als 日本 – “ok”')
})

test('and is cut, whatever is there', () => {
  assert.equal(hostText('x'.repeat(1_000_000)), `${'x'.repeat(300)}…`)
  assert.equal(hostText('x'.repeat(300)), 'x'.repeat(300))
  assert.equal(hostText('\u001b'.repeat(1000)).length, 301)
  assert.ok(hostText('\u{1f600}'.repeat(1000), 5).isWellFormed())
})

test('data keeps everything that neither breaks nor turns a line', () => {
  for (const text of hostile) assert.doesNotMatch(withoutControls(text), /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u)
  for (const text of ['plain', 'a \u{1f468}\u200d\u{1f469} b', 'x'.repeat(10_000)])
    assert.equal(withoutControls(text), text)
  assert.equal(withoutControls('a\nb'), 'a\\u000ab')
})

test('newlines stay where text is meant to have them', () => {
  assert.equal(printable('a\n\u001bb'), 'a\n\\u001bb')
})

const words: readonly (readonly [string, string])[] = [
  ['/opt/shop/a.env', '/opt/shop/a.env'],
  ['aws-1@x:2,3=4+5%', 'aws-1@x:2,3=4+5%'],
  ['', "''"],
  ['-rf', "'-rf'"],
  ['/opt/shop/a b', "'/opt/shop/a b'"],
  ['/opt/shop/; rm -rf ~', "'/opt/shop/; rm -rf ~'"],
  ["it's", "'it'\\''s'"],
  ['$(reboot)`reboot`', "'$(reboot)`reboot`'"],
  ['~', "'~'"],
  ['a*?[b]{c,d}!', "'a*?[b]{c,d}!'"],
  ['a\nb', "$'a\\x0ab'"],
  ['\u202e\u001b', "$'\\xe2\\x80\\xae\\x1b'"],
  ["ü'\\", "$'\\xc3\\xbc\\x27\\x5c'"],
]

for (const [text, word] of words) {
  test(`${JSON.stringify(text)} as one word`, () => {
    assert.equal(shellWord(text), word)
    const { stdout, status } = spawnSync('bash', ['-c', `printf %s ${word}`], { encoding: 'utf8' })
    assert.deepEqual([status, stdout], [0, text])
  })
}

test('a path is no option and no pattern of git', () => {
  const words = ['-rf', ':!x', ':(top)x', '/a b/$(id)', '$(id).env', 'a.env'].map(pathWord)
  assert.deepEqual(words, ['./-rf', `'./:!x'`, `'./:(top)x'`, `'/a b/$(id)'`, `'$(id).env'`, 'a.env'])
})
