/** The program that watches on a host, run here over a directory of its own, by each way of watching that there is. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseJson } from '../../src/core/shape.ts'
import type { WatchEvent } from '../../src/core/watch/event.ts'
import { watchEvent } from '../../src/core/watch/event.ts'
import { starterOf } from '../../src/core/watch/starter.ts'
import { readWatchAgent } from '../../src/fleet/watch-agent.ts'
import { files } from '../../src/io/files.ts'
import { must } from '../support/must.ts'

const root = resolve(import.meta.dirname, '../..')
const place = mkdtempSync(join(tmpdir(), 'watch-agent-'))
after(() => rmSync(place, { recursive: true, force: true }))

const agent = await readWatchAgent(files, join(root, 'ansible'))
let count = 0

const output = (command: string, args: readonly string[]): string => String(must(command, args))

interface Watched {
  /** What is watched. */
  readonly directory: string
  readonly process: ChildProcess
  /** What was written when it had ended. */
  end(): Promise<readonly WatchEvent[]>
}

const written = (directory: string): readonly WatchEvent[] =>
  readFileSync(join(directory, 'watch/events.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => parseJson(line, watchEvent, line))

const directoryFor = (log: string | null = null): string => {
  const directory = join(place, String(++count))
  mkdirSync(join(directory, 'watch'), { recursive: true, mode: 0o700 })
  mkdirSync(join(directory, 'bin'))
  writeFileSync(join(directory, 'watch/agent.py'), agent)
  writeFileSync(join(directory, 'secret'), 'hidden\n', { mode: 0o600 })
  writeFileSync(join(directory, 'bin/tool'), 'a tool\n')
  if (log !== null) writeFileSync(join(directory, 'watch/events.jsonl'), log, { mode: 0o600 })
  return directory
}

const python = (directory: string, ...words: readonly string[]): readonly [string, ...string[]] => [
  '/usr/bin/python3',
  '-I',
  '-S',
  join(directory, 'watch/agent.py'),
  ...words,
]

/** Started, and at work. */
const watching = async (t: TestContext, by: string, log: string | null = null): Promise<Watched> => {
  const directory = directoryFor(log)
  const [program, ...args] = python(directory, '--by', by)
  const running = spawn(program, args, { stdio: 'inherit' })
  const ended = new Promise<void>((done) => running.once('exit', () => done()))
  t.after(() => running.kill('SIGKILL'))
  const isReady = (): boolean =>
    log !== null || spawnSync('grep', ['-qs', '"start"', `${directory}/watch/events.jsonl`]).status === 0
  while (!isReady() && running.exitCode === null) await sleep(20)
  if (log !== null) await sleep(500)
  return {
    directory,
    process: running,
    end: async () => {
      // told so often, it still ends in its own way
      for (let turn = 0; running.exitCode === null && turn < 100; turn++) {
        running.kill('SIGTERM')
        await Promise.race([ended, sleep(20)])
      }
      await ended
      return written(directory)
    },
  }
}

const shell = (directory: string, script: string): string => output('sh', ['-c', `cd ${directory} && ${script}`])

/** The same for either way: kind, path and program, without what is not known for sure of a program that ended. */
const deeds = async (t: TestContext, by: string): Promise<void> => {
  const watched = await watching(t, by)
  shell(
    watched.directory,
    `cat secret; chmod 640 secret
     setpriv --reuid 65534 --inh-caps +dac_override --ambient-caps +dac_override cat secret
     cat bin/tool watch/events.jsonl; ls . bin
     mkdir new; sleep 0.5; cp secret new/copy; mv new/copy new/moved; rm new/moved; rmdir new`,
  )
  const events = await watched.end()
  assert.deepEqual([events[0]?.kind, events[0]?.note], ['start', by])
  const end = events.at(-1)
  assert.deepEqual([end?.kind, end?.note, end?.ours], ['stop', 'signal 15', false], 'nobody of ours ended it')
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_event, index) => index + 1),
  )
  const told = events.map(({ kind, path, uid }) => `${kind} ${path}${uid === 65534 ? ' by another' : ''}`)
  for (const one of ['read secret', 'attributes secret', 'read secret by another', 'create new', 'create new/copy']) {
    assert.ok(told.includes(one), `${one}: ${told.join(', ')}`)
  }
  for (const one of ['move new/copy', 'move new/moved', 'delete new/moved', 'delete new']) {
    assert.ok(told.includes(one), `${one}: ${told.join(', ')}`)
  }
  assert.deepEqual(
    told.filter((one) => /^read (bin|watch|\.|new$)/.test(one)),
    [],
    'what holds no secrets may be read',
  )
  const cat = events.find(({ kind, uid }) => kind === 'read' && uid === 65534)
  assert.deepEqual([cat?.exe, cat?.comm, cat?.ours, cat?.container], ['/usr/bin/cat', 'cat', false, null])
  assert.doesNotMatch(JSON.stringify(events), /hidden/)
}

/** What a caller does, and what it starts, though both have ended when it is read. */
const ownCalls = async (t: TestContext, by: string): Promise<void> => {
  const watched = await watching(t, by)
  const socket = join(watched.directory, 'watch/socket')
  assert.equal(statSync(socket).mode & 0o777, 0o700)
  const call = `import socket, subprocess; s = socket.socket(socket.AF_UNIX); s.connect('${socket}'); print(s.recv(4096).decode())`
  const said = output('/usr/bin/python3', [
    '-c',
    `${call}; open('${watched.directory}/secret').read(); subprocess.run(['cat', '${watched.directory}/secret'])`,
  ])
  assert.ok(said.includes(`"via": "${by}"`), said)
  assert.equal(spawnSync('setpriv', ['--reuid', '65534', '--clear-groups', '/usr/bin/python3', '-c', call]).status, 1)
  shell(watched.directory, 'cat secret')
  const reads = (await watched.end()).filter(({ kind }) => kind === 'read')
  assert.deepEqual(
    reads.map(({ ours }) => ours),
    [true, true, false],
  )
}

test('no two parts give one name to different things: they are joined', () => {
  const found = new TextDecoder().decode(agent).matchAll(/^(?:def |class )?(\w+)(?= = |\(|:)/gm)
  const names = [...found].flatMap(([, name]) => name ?? []).filter((name) => !/^(try|else)$/.test(name))
  assert.ok(names.length > 50)
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) < index),
    [],
  )
})

test('it needs nothing but its own parts, and no newer Python than 3.6', () => {
  const venv = output('sh', [join(root, 'scripts/peers-ansible.sh')]).trim()
  const path = join(place, 'joined.py')
  writeFileSync(path, agent)
  output(join(venv, 'bin/pyflakes'), [path])
  assert.match(
    output(join(venv, 'bin/vermin'), ['-t=3.6-', '--no-parse-comments', '--violations', path]),
    /versions: 3\.[0-6]/,
  )
})

test('by fanotify: what is done to a file is told, with who it was', (t) => deeds(t, 'fanotify'))

test('by auditd: the same', async (t) => {
  const state = spawnSync('auditctl', ['-s'], { encoding: 'utf8' })
  if (state.status !== 0) return t.skip('auditctl is not here, or may not ask the kernel (not on the machine itself)')
  const both = async (): Promise<void> => {
    await deeds(t, 'auditd')
    await ownCalls(t, 'auditd')
  }
  if (!/^pid 0$/m.test(state.stdout)) return both()
  // a daemon of our own: its log is in this test's place
  const settings = readFileSync('/etc/audit/auditd.conf', 'utf8')
  mkdirSync(join(place, 'audit'), { mode: 0o700 })
  writeFileSync(join(place, 'auditd.conf'), settings.replace(/^log_group.*/m, 'log_group = root'), { mode: 0o640 })
  const daemon = spawn('auditd', ['-n'], { stdio: 'ignore' })
  const ended = new Promise<void>((done) => daemon.once('exit', () => done()))
  try {
    while (/^pid 0$/m.test(output('auditctl', ['-s']))) await sleep(50)
    output('auditctl', ['-e', '1'])
    await both()
  } finally {
    output('auditctl', ['-e', '0'])
    daemon.kill('SIGTERM')
    await ended
  }
})

test('whoever calls is ours, and so is what it starts; nobody but root can call', (t) => ownCalls(t, 'fanotify'))

test('what one program does all day is counted', async (t) => {
  const watched = await watching(t, 'fanotify')
  shell(watched.directory, 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do cat secret; done')
  const events = await watched.end()
  assert.equal(events.filter(({ kind }) => kind === 'read').length, 10)
  const more = events.filter(({ kind }) => kind === 'suppressed')
  assert.deepEqual(
    more.map(({ of, count, path, exe }) => [of, count, path, exe]),
    [['read', 5, 'secret', '/usr/bin/cat']],
  )
})

test('a line that was cut off goes, and the numbers go on; so they do where a full file makes room', async (t) => {
  const line = (seq: number): string =>
    `${JSON.stringify({ seq, at: 1, boot: 'b0', kind: 'stop', note: 'x'.repeat(99) })}\n`
  const torn = await watching(t, 'fanotify', `${line(41)}${line(42).slice(0, 30)}`)
  assert.deepEqual((await torn.end()).map(({ seq, kind }) => [seq, kind]).slice(0, 2), [
    [41, 'stop'],
    [42, 'start'],
  ])
  const lines = Array.from({ length: 8000 }, (_one, index) => line(index + 1)).join('')
  const full = await watching(t, 'fanotify', lines)
  const [first] = await full.end()
  assert.equal(first?.seq, 8002)
  assert.match(
    readFileSync(join(full.directory, 'watch/events.jsonl.1'), 'utf8'),
    /"seq":8001,?[^\n]*\n$|"kind":"start"[^\n]*"seq":8001[^\n]*\n$/,
  )
})

test('one of it runs; killed, it leaves nothing that holds up others', async (t) => {
  const watched = await watching(t, 'fanotify')
  const [program, ...args] = python(watched.directory)
  assert.equal(spawnSync(program, args, { timeout: 10_000 }).status, 0)
  watched.process.kill('SIGKILL')
  assert.equal(shell(watched.directory, 'cat secret'), 'hidden\n')
  const events = await watched.end()
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['start'],
  )
})

test('systemd takes the unit that starts it', () => {
  const input = { project: 'shop', environment: 'staging', directory: place, interpreter: '/usr/bin/python3' }
  const { name, text } = starterOf('systemd', input)
  const unit = join(place, `${name}.service`)
  writeFileSync(unit, text)
  output('systemd-analyze', ['verify', '--man=no', unit])
})
