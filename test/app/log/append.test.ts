import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { rotatedName } from '../../../src/app/log/log-place.ts'
import { projectKeys } from '../../../src/crypto/fingerprint.ts'
import { anAccess, logIn, logKeys } from '../../support/log.ts'
import { refusal } from '../../support/refusal.ts'

test('entries go on from each other, in files that are ours alone', async (t) => {
  const { place, write, verify } = logIn(t)
  for (let i = 1; i <= 5; i++) assert.equal((await write(anAccess())).head.seq, i)
  await write(anAccess(), anAccess())
  const verdict = await verify()
  assert.deepEqual(verdict.problems, [])
  assert.deepEqual(
    verdict.entries.map(({ seq }) => seq),
    [1, 2, 3, 4, 5, 6, 7],
  )
  for (const path of [place.log, place.head]) assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(dirname(place.log)).toSorted(), ['access.head', 'access.jsonl'])
})

test('a torn end is replaced, and said so', async (t) => {
  const { place, write, verify } = logIn(t)
  await write(anAccess())
  const head = readFileSync(place.head)
  const [whole, size] = [readFileSync(place.log), statSync(place.log).size]
  await write(anAccess({ why: 'torn' }))
  const torn = readFileSync(place.log)
  for (let length = size; length < torn.length; length += 29) {
    writeFileSync(place.log, torn.subarray(0, length))
    writeFileSync(place.head, head)
    const { scars } = await write(anAccess({ why: 'after' }))
    assert.deepEqual(
      scars.map(({ kind, bytes }) => [kind, bytes]),
      length === size ? [] : [['torn', length - size]],
    )
    const { problems, entries } = await verify()
    assert.deepEqual(problems, [], String(length))
    assert.equal(entries.at(-1)?.why, 'after')
    assert.ok(readFileSync(place.log).subarray(0, size).equals(whole))
  }
})

test('a crash between an entry and its head is nothing to tell', async (t) => {
  const { place, write, verify } = logIn(t)
  await write(anAccess())
  const head = readFileSync(place.head)
  await write(anAccess())
  writeFileSync(place.head, head)
  assert.deepEqual((await write(anAccess())).scars, [])
  rmSync(place.head)
  assert.deepEqual((await verify()).problems, [], 'one run')
  assert.deepEqual((await write(anAccess())).scars, [])
})

test('what somebody did to the end is written into the chain, and stays', async (t) => {
  const lineEnds = (bytes: Buffer): number => bytes.lastIndexOf(0x0a, bytes.length - 2) + 1
  const tampering: readonly (readonly [string, (place: ReturnType<typeof logIn>['place']) => void, string])[] = [
    ['a line cut off', ({ log }) => truncateSync(log, lineEnds(readFileSync(log))), 'cut'],
    ['all cut off', ({ log }) => truncateSync(log, 0), 'gone'],
    ['the file removed', ({ log }) => rmSync(log), 'gone'],
    ['the head removed', ({ head }) => rmSync(head), 'head'],
    [
      'the head changed',
      ({ head }) => writeFileSync(head, readFileSync(head, 'utf8').replace('"seq":3', '"seq":2')),
      'head',
    ],
    ['the end edited', ({ log }) => writeFileSync(log, readFileSync(log, 'utf8').replace(/three/, 'drei')), 'changed'],
    ['a line of others', ({ log }) => writeFileSync(log, `${readFileSync(log, 'utf8')}{}\n`), 'changed'],
    ['a flood', ({ log }) => writeFileSync(log, `${readFileSync(log, 'utf8')}${'x'.repeat(5 << 20)}`), 'changed'],
  ]
  for (const [name, tamper, kind] of tampering) {
    const { place, write, verify } = logIn(t)
    for (const why of ['one', 'two', 'three']) await write(anAccess({ why, run: why }))
    tamper(place)
    const { scars, head } = await write(anAccess({ why: 'four' }))
    assert.deepEqual(
      scars.map((scar) => scar.kind),
      [kind],
      name,
    )
    assert.deepEqual((await write(anAccess({ why: 'five' }))).scars, [], name)
    const { problems, entries } = await verify()
    assert.ok(problems.length > 0, name)
    assert.equal(entries.at(-1)?.why, 'five', name)
    if (kind !== 'head')
      assert.ok(
        problems.some((one) => one.kind === 'scar'),
        name,
      )
    if (kind === 'cut' || kind === 'gone') assert.equal(head.seq, 5, 'numbers are not given twice')
  }
})

test('a full file goes on in the next, also after a crash in between', async (t) => {
  const { place, write, verify } = logIn(t)
  await write(anAccess({ run: 'first' }))
  const long = anAccess({ names: { secrets: Array.from({ length: 200 }, (_, i) => `${'K'.repeat(100)}_${i}`) } })
  for (let i = 0; i < 25; i++) await write(...Array.from({ length: 16 }, () => long))
  const names = (): readonly string[] => readdirSync(dirname(place.log)).filter((name) => name.endsWith('.jsonl'))
  assert.equal(names().length, 2, names().join())
  const before = await verify()
  assert.deepEqual(before.problems, [])
  assert.equal(before.entries.length, 401)
  const [full = ''] = names()
  assert.match(full, /^access\.0{9}\d{3}\.jsonl$/)
  const crashed = logIn(t)
  await crashed.write(anAccess())
  renameSync(crashed.place.log, join(dirname(crashed.place.log), rotatedName(crashed.place.log, 1)))
  assert.deepEqual((await crashed.write(anAccess())).scars, [])
  assert.deepEqual((await crashed.verify()).problems, [])
  renameSync(join(dirname(place.log), full), join(dirname(place.log), 'elsewhere'))
  assert.equal((await verify()).problems[0]?.kind, 'missing')
  renameSync(join(dirname(place.log), 'elsewhere'), join(dirname(place.log), full))
  rmSync(place.log)
  const { scars } = await write(anAccess())
  assert.deepEqual(
    scars.map(({ kind }) => kind),
    ['gone'],
    'the newer file was no crash',
  )
})

test('what is no private file of ours is not written to', async (t) => {
  const spoil: readonly ((path: string) => void)[] = [
    (path) => chmodSync(path, 0o644),
    (path) => linkSync(path, `${path}.other`),
    (path) => (rmSync(path), symlinkSync('elsewhere', path)),
    (path) => (rmSync(path), mkdirSync(path)),
  ]
  for (const [index, each] of spoil.entries()) {
    const { place, write } = logIn(t)
    await write(anAccess())
    each(place.log)
    await refusal('UNSAFE', write(anAccess())).catch((error: unknown) => assert.fail(`${index}: ${String(error)}`))
  }
})

test('a new project key goes on in the same log', async (t) => {
  const { write, verify, place, root } = logIn(t)
  await write(anAccess())
  const fresh = projectKeys(new Uint8Array(32).fill(8), [new Uint8Array(32).fill(7)])
  const other = logIn(t, fresh)
  rmSync(join(other.root, '.lockstep'), { recursive: true, force: true })
  mkdirSync(join(other.root, '.lockstep'))
  for (const path of [place.log, place.head]) {
    writeFileSync(path.replace(root, other.root), readFileSync(path), { mode: 0o600 })
  }
  assert.deepEqual((await other.write(anAccess())).scars, [])
  assert.deepEqual((await other.verify()).problems, [])
  assert.equal((await verify(logKeys)).entries.length, 1)
})

const writer = join(import.meta.dirname, '../../support/log-writer.ts')

test('eight processes write fifty each, with clocks ten years apart: nothing is lost, and all is in order', async (t) => {
  const { root, verify } = logIn(t)
  const running = Array.from({ length: 8 }, (_, n) => {
    const child = spawn(process.execPath, [writer, root, `writer${n}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    return new Promise<string>((resolve) => child.once('close', (status) => resolve(status === 0 ? '' : said)))
  })
  assert.deepEqual(
    await Promise.all(running),
    Array.from({ length: 8 }, () => ''),
  )
  const { problems, entries } = await verify()
  assert.deepEqual(problems, [])
  assert.deepEqual(
    entries.map(({ seq }) => seq),
    Array.from({ length: 400 }, (_, i) => i + 1),
  )
  for (let n = 0; n < 8; n++) {
    const own = entries.filter(({ run }) => run === `writer${n}`)
    assert.deepEqual(
      own.map(({ why }) => why),
      Array.from({ length: 50 }, (_, i) => String(i)),
    )
  }
})

test('a log that is gone with its head is missed: the person’s own directory remembers it', async (t) => {
  const { place, write, verify } = logIn(t)
  for (let i = 0; i < 17; i++) await write(anAccess())
  rmSync(dirname(place.log), { recursive: true })
  assert.deepEqual(
    (await verify()).problems.map(({ message }) => message),
    ['the access log is gone: it had 16 entries or more'],
  )
  const { scars, head } = await write(anAccess())
  assert.deepEqual(
    scars.map(({ kind, seq }) => [kind, seq]),
    [['gone', 16]],
  )
  assert.equal(head.seq, 2)
  assert.match((await verify()).problems[0]?.message ?? '', /it had 16 entries/)
  assert.deepEqual((await write(anAccess())).scars, [])
})

test('a log that somebody put back together with its head is told, and its numbers are not given twice', async (t) => {
  const { place, write, verify } = logIn(t)
  await write(anAccess({ why: 'one' }))
  const [log, head] = [readFileSync(place.log), readFileSync(place.head)]
  for (let i = 2; i <= 17; i++) await write(anAccess())
  const pin = readFileSync(place.pin, 'utf8')
  writeFileSync(place.log, log)
  writeFileSync(place.head, head)
  const { problems } = await verify()
  assert.deepEqual(
    problems.map(({ kind, message }) => [kind, message]),
    [['anchor', 'the note outside the project has seen entry 16; the log ends with entry 1']],
  )
  const done = await write(anAccess({ why: 'after' }))
  assert.deepEqual(
    done.scars.map(({ kind, seq }) => [kind, seq]),
    [['cut', 16]],
  )
  assert.equal(done.head.seq, 18)
  assert.deepEqual((await write(anAccess())).scars, [])
  assert.notEqual(readFileSync(place.pin, 'utf8'), pin, 'the note goes on')
  assert.equal((await verify()).problems[0]?.kind, 'scar')
})

test('the log of another clone in place of this one is told, once', async (t) => {
  const [own, other] = [logIn(t), logIn(t)]
  for (let i = 1; i <= 16; i++) await own.write(anAccess())
  await other.write(anAccess({ why: 'elsewhere' }))
  for (const file of ['log', 'head'] as const) writeFileSync(own.place[file], readFileSync(other.place[file]))
  assert.deepEqual(
    (await own.verify()).problems.map(({ kind, message }) => [kind, message]),
    [['cut', 'the access log is gone: it had 16 entries or more; another one is in its place']],
  )
  const { scars, head } = await own.write(anAccess())
  assert.deepEqual(
    scars.map(({ kind, seq }) => [kind, seq]),
    [['gone', 16]],
  )
  assert.equal(head.seq, 3)
  assert.deepEqual((await own.write(anAccess())).scars, [])
  assert.deepEqual(
    (await own.verify()).problems.map(({ kind }) => kind),
    ['scar'],
    'it stays',
  )
})

test('the note of how far a log has come never goes back, and a forged one is no witness', async (t) => {
  const { place, write } = logIn(t)
  for (let i = 1; i <= 16; i++) await write(anAccess())
  const pin = readFileSync(place.pin, 'utf8')
  writeFileSync(place.pin, pin.replace('"seq":16', '"seq":99'), { mode: 0o600 })
  assert.deepEqual((await write(anAccess())).scars, [])
})
