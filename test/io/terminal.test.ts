import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { emptyKeyLine, typeKey } from '../../src/io/key-line.ts'
import { temporary } from '../support/temporary.ts'

const source = join(import.meta.dirname, '../../src/io/terminal.ts')

const program = (t: TestContext, body: string): string => {
  const path = join(temporary(t), 'ask.ts')
  writeFileSync(path, `import { terminal } from ${JSON.stringify(source)}\n${body}`)
  return path
}

/** Runs the program on a terminal of its own; each key is typed once the text before it has been shown. */
const onTerminal = async (
  t: TestContext,
  body: string,
  keys: readonly (readonly [after: string, key: string])[],
): Promise<{ readonly shown: string; readonly status: number | null }> => {
  const command = `stty -a | grep -o -- '-\\?echo ' ; '${process.execPath}' '${program(t, body)}'; status=$?; stty -a | grep -o -- '-\\?echo '; exit $status`
  const child = spawn('script', ['-qefc', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
  let shown = ''
  const waiting = [...keys]
  child.stdout.on('data', (part: Buffer) => {
    shown += part.toString()
    const next = waiting[0]
    if (next !== undefined && shown.includes(next[0])) {
      waiting.shift()
      child.stdin.write(next[1])
    }
  })
  await once(child, 'close')
  return { shown, status: child.exitCode }
}

const hidden = (options = ''): string =>
  `const typed = await terminal.askHidden('password? '${options})
   console.log('got', Buffer.from(typed).toString('hex'))`

const hex = (text: string): string => Buffer.from(text).toString('hex')

test('a hidden answer is not shown, and the terminal echoes again afterwards', async (t) => {
  const { shown, status } = await onTerminal(t, hidden(), [['password? ', 'hunterx\x7f2\r']])
  assert.equal(status, 0, shown)
  assert.ok(shown.includes(`got ${hex('hunter2')}`), shown)
  assert.ok(!shown.includes('hunter'), shown)
  assert.deepEqual(shown.match(/-?echo /g), ['echo ', 'echo '], shown)
})

test('several lines pasted where one was asked for are refused and not left to the shell', async (t) => {
  const { shown } = await onTerminal(t, hidden(), [['password? ', 'one\rtouch /tmp/never\r']])
  assert.match(shown, /several lines were given/)
  assert.ok(!shown.includes('touch'), shown)
})

test('several lines where they may be', async (t) => {
  const { shown } = await onTerminal(t, hidden(', { multiline: true }'), [['password? ', 'BEGIN\r\nabc\r\nEND\r\n\r']])
  assert.ok(shown.includes(`got ${hex('BEGIN\nabc\nEND')}`), shown)
})

test('Ctrl-C and signals give the terminal back', async (t) => {
  for (const [body, status] of [
    [hidden(), 130],
    [`setTimeout(() => process.kill(process.pid, 'SIGTERM'), 300)\n${hidden()}`, 143],
    [`setTimeout(() => process.exit(9), 300)\n${hidden()}`, 9],
  ] as const) {
    const end = await onTerminal(t, body, status === 130 ? [['password? ', 'abc\x03']] : [['password? ', 'abc']])
    assert.equal(end.status, status, end.shown)
    assert.deepEqual(end.shown.match(/-?echo /g), ['echo ', 'echo '], end.shown)
    assert.ok(!end.shown.includes('abc'))
  }
})

test('a visible answer', async (t) => {
  const { shown } = await onTerminal(t, `console.log('got', await terminal.ask('name? '))`, [['name? ', 'bob\r']])
  assert.match(shown, /got bob/)
})

test('without a terminal questions are refused and input is read', (t) => {
  const path = program(
    t,
    `const code = (error: { code: string }): string => error.code
     const bytes = process.argv[2] === 'read' ? (await terminal.readInput(10).catch(code)).toString() : ''
     console.log(terminal.isInteractive, await terminal.ask('?').catch(code), await terminal.askHidden('?').catch(code), bytes)`,
  )
  const run = (argument: string, input: string): string =>
    spawnSync('setsid', ['-w', process.execPath, path, argument], { input }).stdout.toString()
  assert.equal(run('', ''), 'false USAGE USAGE \n')
  assert.equal(run('read', 'abc'), 'false USAGE USAGE 97,98,99\n')
  assert.equal(run('read', 'abcabcabcabc'), 'false USAGE USAGE UNSAFE\n')
})

test('keys that correct and end', () => {
  const typed = (keys: string, multiline = false): unknown => {
    const { lines, state } = [...keys].reduce((line, key) => typeKey(line, key, multiline), emptyKeyLine)
    return [lines, state]
  }
  assert.deepEqual(typed('ab\x15cd\r'), [['cd'], 'done'])
  assert.deepEqual(typed('a😀\x7fb\r'), [['ab'], 'done'])
  assert.deepEqual(typed('\r'), [[''], 'done'])
  assert.deepEqual(typed('ab\x04'), [['ab'], 'done'])
  assert.deepEqual(typed('\x04'), [[], 'done'])
  assert.deepEqual(typed('a\x1bb\tc\r'), [['ab\tc'], 'done'])
  assert.deepEqual(typed('ab\x03'), [[], 'cancelled'])
  assert.deepEqual(typed('a\rb\r', true), [['a', 'b'], 'typing'])
  assert.deepEqual(typed('a\r\nb\r\n\r', true), [['a', 'b'], 'done'])
})
