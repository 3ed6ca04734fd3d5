/** Parts of the watch that decide what is written down, and as whose. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { test } from 'node:test'

const plugins = resolve(import.meta.dirname, '../../ansible/plugins')

/** What a script prints, line by line, as JSON. */
const said = (script: string): readonly unknown[] => {
  const whole = `import json, os, socket, subprocess, sys, tempfile, time
sys.argv = ['/opt/shop/watch/agent.py']
sys.path.insert(0, ${JSON.stringify(plugins)})
from module_utils.watch import audit_records, door, ear, limit
from module_utils.watch.who import began
def say(value): print(json.dumps(value))
${script}`
  const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-B', '-c', whole], { encoding: 'utf8', timeout: 20_000 })
  assert.equal(stderr, '')
  return stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
}

const clock = `
now = [0.0]
limit.time = type('Clock', (), {'monotonic': staticmethod(lambda: now[0])})
`

test('what goes on all day is told ever more rarely, and what has stopped anew', () => {
  const lines = said(`${clock}
one = limit.Limit(10, 60)
def turn(count, seconds):
    taken = sum(one.takes('key', 'sample') for _ in range(count))
    now[0] += seconds
    return [taken] + [more for _sample, more in one.over()]
say([turn(25, 61), turn(12, 61), turn(0, 60), turn(11, 241), turn(1, 481), turn(25, 59), turn(0, 2)])
for number in range(20):
    turn(11, 4000)
say(one.windows['key']['length'])`)
  assert.deepEqual(lines, [[[10, 15], [10], [0, 2], [10, 1], [1], [10], [0, 15]], 3600])
})

test('nobody fills the room in which others are told', () => {
  const lines = said(`${clock}
limits = limit.Limits()
def take(container, exe, path='live/web/current/secrets/a.env', unit=None, uid=0, ours=False, kind='read'):
    shown = {'exe': exe, 'comm': 'x', 'uid': uid, 'path': path, 'unit': unit, 'ours': ours}
    return limits.take(kind, shown, container)
# a container that calls itself something else each time
say(sum(take('c1', '/tmp/x%d' % number) for number in range(20000)))
say([len(limits.of_act.windows), sum(take('c1', '/tmp/y', 'live/other/a') for _ in range(3))])
# a service that does
say(sum(take(None, '/tmp/x%d' % number, unit='web.service', uid=33) for number in range(20000)))
say(sum(take(None, '/tmp/y', 'live/other/a', unit='web.service', uid=33) for _ in range(3)))
# somebody of neither, as far as there is room
say(sum(take(None, '/tmp/x%d' % number, uid=33) for number in range(20000)) < 12000)
say(len(limits.of_act.windows) <= limit.MOST_WINDOWS + 1)
foreign = [take(None, '/usr/bin/cat', 'generations/7/vault-password'), take(None, '/usr/bin/cat'),
           take(None, '/usr/bin/cat', unit='other.service', uid=33), take(None, '/usr/bin/cat', kind='write'),
           take('c2', '/bin/cat'), take('c1', '/bin/cat', 'generations/7/containers/api/a.env')]
say(foreign)
# what is only counted is counted with what is judged alike
say(all(sample[1]['unit'] == 'web.service' or sample[1]['exe'].startswith('/tmp/') for sample, _more in limits.over(True)))`)
  assert.deepEqual(lines, [100, [100, 3], 100, 3, true, true, [true, true, true, true, true, true], true])
})

/** A door in a directory of its own, and someone who comes to it and stays until told to go. */
const atTheDoor = `
home = tempfile.mkdtemp()
one = door.Door(home, lambda: {})
COME = "import socket, sys, os; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1] + '/socket'); os.write(1, b'.'); "
def come(then):
    process = subprocess.Popen([sys.executable, '-c', COME + then, home], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.read(1)
    return process
def leave(process):
    process.stdin.close()
    process.wait()
    return process.pid
def close():
    [one.close(number) for number in list(one.open)]
def is_ours(**facts):
    return one.is_ours(facts)
`

test('a caller is known by its number and by when it began, and so is what it starts', () => {
  const lines = said(`${atTheDoor}
caller = come('sys.stdin.read()')
one.accept()
pid, start = caller.pid, began(caller.pid)
say([is_ours(pid=pid, began=start), is_ours(pid=9, began=9, ppid=pid, parentBegan=start)])
say([is_ours(pid=pid, began=start + 1), is_ours(pid=pid, began=None), is_ours(pid=pid),
     is_ours(pid=9, began=9, ppid=pid, parentBegan=start + 1), is_ours(pid=9, began=9, ppid=pid, parentBegan=None),
     is_ours(pid=9, began=9, ppid=None), is_ours(pid=None, began=None)])
# of one that had gone before it was asked, it is known when it was heard of
before, during = time.time() - 9, time.time()
leave(caller)
close()
after = time.time() + 9
say([is_ours(pid=pid, began=None, when=when) for when in (before, during, after)])
say([is_ours(pid=pid, began=start), is_ours(pid=pid, began=start + 1, when=during)])
one.forget()
door.time = type('Clock', (), {'monotonic': staticmethod(lambda: time.monotonic() + door.LINGER)})
one.forget()
say([is_ours(pid=pid, began=start), len(one.callers)])`)
  assert.deepEqual(lines, [
    [true, true],
    [false, false, false, false, false, false, false],
    [false, true, false],
    [true, false],
    [false, 0],
  ])
})

test('whoever has gone before it was taken in is nobody: its number may be another’s', () => {
  const lines = said(`${atTheDoor}
gone = leave(come(''))
# whose socket outlives it, and whose number now says another beginning
one.accept()
say([list(one.callers), is_ours(pid=gone, began=1), is_ours(pid=gone, began=None), is_ours(ppid=gone, pid=3, began=1)])`)
  assert.deepEqual(lines, [[[], false, false, false]])
})

test('an end is foretold by a caller that is still there, and by no word but that', () => {
  const say = (word: string): string =>
    `os.read(0, 1); s.recv(99); s.send(${word}); os.write(1, b'.'); sys.stdin.read()`
  const lines = said(`${atTheDoor}
def told(then):
    caller = come(then)
    one.accept()
    found = [one.is_foretold()]
    caller.stdin.write(b'.'); caller.stdin.flush()
    caller.stdout.read(1)
    # heard once, it is remembered
    found += [one.is_foretold(), one.is_foretold()]
    leave(caller)
    return found + [one.is_foretold()]
say(told(${JSON.stringify(say("b'end' + bytes([10])"))}))
say(told(${JSON.stringify(say("b'ended'"))}))`)
  assert.deepEqual(lines, [
    [false, true, true, false],
    [false, false, false, false],
  ])
})

test('what once had a number is not taken for what has it now', () => {
  const lines = said(`
one = ear.Ear(-1, -1, -1, ())
def asked(pid, mask, known, since=0):
    one.recent = {pid: (known, time.monotonic() - since)}
    facts = one.asked(mask, pid)
    return [facts['exe'] is not None and facts['exe'].split('/')[-1], facts['container'], 'when' in facts]
process = subprocess.Popen(['/bin/sleep', '60'])
while not (os.readlink('/proc/%d/exe' % process.pid)).endswith('sleep'): pass
pid, READ, WRITE = process.pid, ear.READS, ear.CHANGES
known = {'exe': '/bin/api', 'container': 'c1', 'began': began(pid)}
other = dict(known, began=began(pid) - 1)
say([asked(pid, READ, known), asked(pid, WRITE, known), asked(pid, READ, other)])
one.asking = None
say(asked(pid, READ, known))
process.kill(); process.wait()
say([asked(pid, READ, known), asked(pid, READ, known, ear.FRESH + 1)])`)
  assert.deepEqual(lines, [
    [
      ['api', 'c1', false],
      ['sleep', null, false],
      ['sleep', null, false],
    ],
    ['sleep', null, false],
    [
      ['api', 'c1', true],
      [false, null, true],
    ],
  ])
})

test('a record of auditd says when it was', () => {
  const line = 'type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e success=yes pid=7 exe="/bin/cat" key="k"'
  const [record] = said(`say(audit_records.record_of(${JSON.stringify(line)}))`)
  assert.deepEqual(record, [
    'SYSCALL',
    '1364481363.243:24287',
    {
      arch: 'c000003e',
      success: 'yes',
      pid: '7',
      exe: '/bin/cat',
      key: 'k',
      when: '1364481363.243',
    },
  ])
})
