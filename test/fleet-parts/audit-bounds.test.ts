/** What a local account fills is told as not wholly looked at, and hides nothing elsewhere:
 *  ansible/plugins/module_utils/receiver/audit_*.py. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'

const collection = resolve(import.meta.dirname, '../../ansible/plugins/module_utils')
const value = 'Correct-Horse_Battery42'

interface Answer {
  readonly told: readonly (readonly [surface: string, path: string])[]
  readonly incomplete: readonly string[]
}

/** What is told of these places, looking for one value; `setting` is Python that sets the limits low. */
const look = (places: readonly (readonly [string, string, string])[], setting = ''): Answer => {
  const script = `import json, sys
sys.path.insert(0, ${JSON.stringify(collection)})
from receiver import audit_engine, audit_find, audit_places, audit_processes, audit_seek
seeker = audit_seek.Seeker(b'', 10, 1 << 16)
seeker.learn(${JSON.stringify(value)}.encode())
${setting}
found = audit_places.place_facts(json.load(sys.stdin), '/opt/none', seeker)
print(json.dumps({'told': [[one[0], one[1]] for one in found], 'incomplete': sorted(seeker.incomplete)}))`
  const input = JSON.stringify(places)
  const { stdout, stderr } = spawnSync('python3', ['-B', '-c', script], { input, encoding: 'utf8' })
  assert.equal(stderr, '')
  return JSON.parse(stdout)
}

const inDirectory = (work: (directory: string) => void): void => {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-bounds-'))
  try {
    work(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const fill = (directory: string, count: number, text: string): void => {
  mkdirSync(directory, { recursive: true })
  for (let index = 0; index < count; index += 1) writeFileSync(join(directory, `f${index}`), text)
}

test('more files than are told: a value elsewhere is told, and one among them', () => {
  inDirectory((at) => {
    fill(join(at, 'ansible1'), 30, '')
    fill(join(at, 'ansible2'), 1, value)
    fill(join(at, 'log'), 1, value)
    const places = [
      ['ansible', `${at}/ansible*/**`, 'all'],
      ['log', `${at}/log/**`, 'tail'],
    ] as const
    const { told, incomplete } = look(places, 'audit_places.MOST_TOLD = 20')
    assert.deepEqual(incomplete, ['ansible'])
    assert.equal(told.filter(([surface]) => surface === 'ansible').length, 21)
    assert.ok(told.some(([, path]) => path === `${at}/ansible2/f0`))
    assert.ok(told.some(([, path]) => path === `${at}/log/f0`))
    assert.deepEqual(look(places).incomplete, [])
  })
})

test('long names take no more room than short ones', () => {
  inDirectory((at) => {
    fill(join(at, 'a'.repeat(200)), 10, '')
    const { told, incomplete } = look([['ansible', `${at}/**`, 'all']], 'audit_places.LONGEST_TOLD = 1000')
    assert.ok(told.length > 0 && told.length < 10)
    assert.deepEqual(incomplete, ['ansible'])
  })
})

test('more files in one tree than are looked at, and more than is read of it', () => {
  inDirectory((at) => {
    fill(join(at, 'one'), 30, 'nothing here\n')
    fill(join(at, 'two'), 1, value)
    const places = [['temporary', `${at}/*/**`, 'held']] as const
    for (const setting of ['audit_find.MOST_FILES = 20', 'seeker.budget = 100']) {
      const { told, incomplete } = look(places, setting)
      assert.deepEqual(told, [['temporary', `${at}/two/f0`]], setting)
      assert.deepEqual(incomplete, ['temporary'], setting)
    }
    assert.deepEqual(look(places).incomplete, [])
  })
})

test('names that a pattern matches, as a shell does', () => {
  inDirectory((at) => {
    for (const name of ['a.yml', 'b.yml', '.env', '.hidden.yml', 'c[1].yml']) writeFileSync(join(at, name), '')
    mkdirSync(join(at, 'sub'))
    writeFileSync(join(at, 'sub/a.yml'), '')
    const names = (pattern: string): readonly string[] =>
      look([['compose', `${at}/${pattern}`, 'all']]).told.map(([, path]) => path.slice(at.length + 1))
    assert.deepEqual(names('*.yml'), ['a.yml', 'b.yml', 'c[1].yml'])
    assert.deepEqual(names('*/a.yml'), ['sub/a.yml'])
    assert.deepEqual(names('.e*'), ['.env'])
    assert.deepEqual(names('c[[]*'), ['c[1].yml'])
    assert.deepEqual(names('[ab].y*ml'), ['a.yml', 'b.yml'])
    assert.deepEqual(names('.env'), ['.env'])
    assert.deepEqual(names('not-there'), [])
    assert.deepEqual(names('not/*'), [])
  })
})

test('more names than a pattern may match', () => {
  inDirectory((at) => {
    fill(at, 30, '')
    const { told, incomplete } = look([['settings', `${at}/*`, 'all']], 'audit_find.MOST_MATCHES = 20')
    assert.equal(told.length, 20)
    assert.deepEqual(incomplete, ['settings'])
  })
})

test('names are listed only until there are more than may match, or no time is left', () => {
  inDirectory((at) => {
    for (const name of ['a', 'b', 'c']) fill(join(at, name), 2, '')
    const setting = `
real, listed = audit_find.entries, []
def counted(surface, folder, seeker):
    for entry in real(surface, folder, seeker):
        listed.append(entry.path)
        yield entry
audit_find.entries = counted
def names(least, most):
    paths = list(audit_find.expand('settings', ${JSON.stringify(`${at}/*/f*`)}, seeker))
    assert least <= len(listed) <= most, listed
    del listed[:]
    return len(paths)
assert names(9, 9) == 6 and not seeker.incomplete
audit_find.MOST_MATCHES = 3
assert names(6, 7) == 3 and seeker.incomplete == {'settings'}
seeker.incomplete.clear()
seeker.until['settings'] = 0
assert names(0, 0) == 0`
    assert.deepEqual(look([], setting).incomplete, ['settings'])
  })
})

test('a surface may take half of the time that is left, and listing a directory takes of it', () => {
  inDirectory((at) => {
    fill(join(at, 'tmp'), 300, '')
    fill(join(at, 'log'), 1, value)
    // this clock goes on by a second at every look at it
    const clock = `import itertools, types
ticks = itertools.count()
seeker.ends = 40
audit_find.OFTEN = 10
audit_seek.time = types.SimpleNamespace(monotonic=lambda: next(ticks))`
    const places = [
      ['temporary', `${at}/tmp/**`, 'held'],
      ['log', `${at}/log/**`, 'tail'],
    ] as const
    const { told, incomplete } = look(places, clock)
    assert.deepEqual(told, [['log', `${at}/log/f0`]])
    assert.deepEqual(incomplete, ['temporary'])
  })
})

test('more homes than are looked into: every kind of place in homes', () => {
  const { incomplete } = look(
    [
      ['history', '~/.not-there', 'held'],
      ['log', '/not-there/*', 'tail'],
    ],
    'audit_find.raw_rows = lambda path: [["a%d" % one, "x", "1", "1", "", "/home/a%d" % one] for one in range(70)]\naudit_find.os.path.isdir = lambda path: True',
  )
  assert.deepEqual(incomplete, ['history'])
})

test('programs: one account that fills its own environment hides no other, and is told', () => {
  inDirectory(() => {
    const setting = `
seeker.budget = 1000
pages = {'1': (0, b'A=' + b'x' * 900), '2': (5, b'x' * 990), '3': (5, b'x' * 990), '4': (7, ${JSON.stringify(value)}.encode())}
audit_processes.os.listdir = lambda path: sorted(pages)
audit_processes.owner = lambda pid: pages[pid][0]
audit_processes.proc_file = lambda pid, name: pages[pid][1] if name == 'environ' else b''
facts = audit_processes.process_facts(seeker)
assert [one['pid'] for one in facts['found']] == [4], facts`
    assert.deepEqual(look([], setting).incomplete, ['processes'])
  })
})

test('images: more than are looked at, an answer that is too long, and no time left', () => {
  const setting = `
image = {'Id': 'sha256:1', 'RepoTags': ['a']}
def images(count, answer):
    audit_engine.ask = lambda path: [image] * count if path == '/images/json' else answer
    return len(list(audit_engine.image_parts(seeker)))
assert images(3, {}) == 3 and not seeker.incomplete
assert images(101, {}) == 100 and seeker.incomplete == {'engine'}
seeker.incomplete.clear()
assert images(2, None) == 2 and seeker.incomplete == {'engine'}
seeker.incomplete.clear()
seeker.until['engine'] = 0
assert images(2, {}) == 0`
  assert.deepEqual(look([], setting).incomplete, ['engine'])
})

test('pieces without end: it stops when there is no time left, and that is told', () => {
  const setting = `
seeker.pieces = {audit_seek.outline(0b1111111110): {9, 17}}
audit_seek.STEP = 1000
assert seeker.in_text(b'abcdefgh ' * 100) == [] and not seeker.incomplete
seeker.until['log'], seeker.reading = 0, 'log'
assert seeker.in_text(b'abcdefgh ' * 100) == []`
  assert.deepEqual(look([], setting).incomplete, ['log'])
})
