import assert from 'node:assert/strict'
import { test } from 'node:test'
import { define, type Command } from '../../src/cli/command.ts'
import { main, tellUncaught } from '../../src/cli/main.ts'
import type { TextOut } from '../../src/cli/output.ts'
import { fail } from '../../src/core/errors.ts'
import type { Ports } from '../../src/core/ports.ts'
import { Secret } from '../../src/core/secret.ts'
import { unusedPorts } from '../support/unused-ports.ts'

const ports = (found: readonly string[] = [], environment: Record<string, string> = {}): Ports => ({
  ...unusedPorts,
  files: {
    ...unusedPorts.files,
    stat: async (path) =>
      found.includes(path) ? { kind: 'file', mode: 0o644, uid: 0, gid: 0, size: 1, links: 1, modifiedAt: 0 } : null,
  },
  machine: { ...unusedPorts.machine, cwd: '/home/me/shop/sub', environment },
})

const sink = (isTerminal = false): TextOut & { text: string } => ({
  text: '',
  isTerminal,
  async write(bytes) {
    this.text += typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes)
  },
})

const stub = (run: Command['run'], more: Partial<Command> = {}): Command => ({
  ...define({ name: 'try', area: 'project', summary: 'for tests', examples: [], output: {}, run }),
  ...more,
})

interface Setup {
  readonly command?: Command
  readonly terminal?: boolean
  readonly ports?: Ports
  readonly stopped?: number
}

const speak = async (
  argv: readonly string[],
  setup: Setup = {},
): Promise<{ exit: number; out: string; err: string }> => {
  const [out, err] = [sink(), sink(setup.terminal)]
  const { command } = setup
  const exit = await main(argv, setup.ports ?? ports(), {
    out,
    err,
    version: async () => '1.2.3',
    interruption: () => (setup.stopped === undefined ? new AbortController().signal : AbortSignal.abort(setup.stopped)),
    ...(command === undefined ? {} : { commands: { [command.name]: async () => ({ command }) } }),
  })
  return { exit, out: out.text, err: err.text }
}

test('no arguments: what it is, where you are, what to type next', async () => {
  const outside = await speak([])
  assert.equal(outside.exit, 0)
  assert.match(outside.out, /no project here or above \/home\/me\/shop\/sub\n/)
  assert.match(outside.out, /lockstep init/)
  const inside = await speak([], { ports: ports(['/home/me/shop/lockstep.yaml']) })
  assert.match(inside.out, /project \/home\/me\/shop\/lockstep.yaml\n/)
  assert.match(inside.out, /lockstep status/)
  assert.deepEqual(JSON.parse((await speak(['--json'])).out).project, null)
})

test('--version', async () => {
  assert.deepEqual(await speak(['--version']), { exit: 0, out: 'lockstep 1.2.3\n', err: '' })
  assert.deepEqual(JSON.parse((await speak(['-V', '--json'])).out), { version: '1.2.3' })
})

test('--help lists the commands, help of one shows its examples', async () => {
  const all = await speak(['--help'])
  assert.equal(all.exit, 0)
  assert.match(all.out, /^project\n(?:  .*\n)*  completion +print/m)
  for (const argv of [
    ['completion', '--help'],
    ['help', 'completion'],
    ['--help', 'completion'],
  ]) {
    const one = await speak(argv)
    assert.equal(one.exit, 0)
    assert.match(one.out, /usage\n  lockstep completion bash\|zsh\|fish\n/)
    assert.match(one.out, /examples\n  source <\(lockstep completion bash\)/)
  }
})

test('an unknown command suggests the near one', async () => {
  const { exit, out, err } = await speak(['completoin'])
  assert.equal(exit, 2)
  assert.equal(out, '')
  assert.equal(err, 'error: no command completoin\n  hint: did you mean lockstep completion?\n')
  assert.equal((await speak(['__proto__'])).exit, 2)
})

test('a result that cannot be written is no bug of ours', async () => {
  const command = stub(async () => ({ text: 'canary', json: {} }))
  const full: TextOut = {
    isTerminal: false,
    write: () => Promise.reject(Object.assign(new Error('canary'), { code: 'ENOSPC' })),
  }
  const err = sink()
  const program = { out: full, err, version: async () => '1', interruption: () => new AbortController().signal }
  const exit = await main(['try'], ports(), { ...program, commands: { try: async () => ({ command }) } })
  assert.equal(exit, 6)
  assert.match(err.text, /^error: cannot write to standard output: no space left\n  hint: .* is done/)
})

test('a failure prints what, where and what to do, and exits by its code', async () => {
  const command = stub(async () => {
    throw fail('UNSAFE', 'password file can be read by others', { at: '.vault-password', hint: 'chmod 600 it' })
  })
  const told = await speak(['try'], { command })
  assert.equal(told.exit, 9)
  assert.equal(told.err, 'error: password file can be read by others\n  at .vault-password\n  hint: chmod 600 it\n')
  const json = await speak(['try', '--json'], { command })
  assert.equal(json.out, '')
  assert.deepEqual(JSON.parse(json.err), {
    error: {
      code: 'UNSAFE',
      message: 'password file can be read by others',
      at: '.vault-password',
      hint: 'chmod 600 it',
    },
  })
})

test('a foreign exception is told by kind and place, its message is not', async () => {
  const command = stub(async () => {
    throw new TypeError('canary-8d1f')
  })
  for (const argv of [['try'], ['try', '--json']]) {
    const { exit, out, err } = await speak(argv, { command })
    assert.equal(exit, 1)
    assert.match(err, /TypeError/)
    assert.doesNotMatch(out + err, /canary/)
  }
})

test('an error that nobody caught is told the same way', async () => {
  for (const [argv, pattern] of [
    [[], /^error: RangeError: this should not happen\n/],
    [['run', '--json'], /^\{\n  "error": \{\n    "code": "INTERNAL"/],
  ] as const) {
    const err = sink()
    assert.equal(await tellUncaught(new RangeError('canary-77aa'), argv, err), 1)
    assert.match(err.text, pattern)
    assert.doesNotMatch(err.text, /canary/)
  }
})

test('results: messages are escaped, bytes and Secrets are not', async () => {
  const text = 'a\u001b[2Jb\u202ec'
  assert.equal(
    (await speak(['try'], { command: stub(async () => ({ text, json: {} })) })).out,
    'a\\u001b[2Jb\\u202ec\n',
  )
  const secret = stub(async () => ({ text: new Secret(text), json: {} }))
  assert.equal((await speak(['try'], { command: secret })).out, text)
  const escaped = stub(async () => {
    throw fail('CONFIG', `bad \u001b name`)
  })
  assert.equal((await speak(['try'], { command: escaped })).err, 'error: bad \\u001b name\n')
})

test('the next command goes to stderr, and not under --quiet or --json', async () => {
  const command = stub(async () => ({ text: 'done', json: { done: true }, next: 'lockstep deploy' }))
  assert.deepEqual(await speak(['try'], { command }), { exit: 0, out: 'done\n', err: 'next: lockstep deploy\n' })
  assert.deepEqual(await speak(['try', '-q'], { command }), { exit: 0, out: 'done\n', err: '' })
  assert.deepEqual(await speak(['try', '--json'], { command }), { exit: 0, out: '{\n  "done": true\n}\n', err: '' })
})

test('exit codes: by name, or passed through', async () => {
  assert.equal((await speak(['try'], { command: stub(async () => ({ json: {}, exit: 'PARTIAL' })) })).exit, 10)
  assert.equal((await speak(['try'], { command: stub(async () => ({ json: {}, exit: 143 })) })).exit, 143)
})

test('colour only on a terminal, and without NO_COLOR or --color never', async () => {
  const command = stub(async () => {
    throw fail('DENIED', 'no')
  })
  const colored = /\u001b\[/
  assert.match((await speak(['try'], { command, terminal: true })).err, colored)
  assert.doesNotMatch((await speak(['try'], { command })).err, colored)
  assert.doesNotMatch((await speak(['try', '--color', 'never'], { command, terminal: true })).err, colored)
  const noColor = ports([], { NO_COLOR: '1' })
  assert.doesNotMatch((await speak(['try'], { command, terminal: true, ports: noColor })).err, colored)
})

test('progress: lines at once, hosts only when it takes a while, nothing under --quiet', async () => {
  const command = stub(async ({ report }) => {
    report('reading')
    report.host('onode1', 'staged')
    return { json: {} }
  })
  assert.equal((await speak(['try'], { command })).err, 'reading\n')
  assert.equal((await speak(['try', '-q'], { command })).err, '')
  let now = 0
  const slow = { ...ports(), clock: { now: () => (now += 400), sleep: unusedPorts.clock.sleep } }
  assert.equal((await speak(['try'], { command, ports: slow })).err, 'reading\nonode1  staged\n')
})

test('a command that heard a signal exits by it, silently', async () => {
  const command = stub(async ({ signal }) => {
    signal.throwIfAborted()
    return { json: {} }
  })
  assert.deepEqual(await speak(['try'], { command, stopped: 15 }), { exit: 143, out: '', err: '' })
})
