import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { findRecoveryKey } from '../../../src/app/backup/find-key.ts'
import { makeRecovery } from '../../../src/app/backup/recovery-identity.ts'
import { projectIn, portsIn, type TestProject } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { temporary } from '../../support/temporary.ts'

const shown = { to: null, split: null, renew: false }

/** A person who answers each question with what `answer` makes of it. */
const person = (made: TestProject, answer: (question: string) => string) => {
  const asked: string[] = []
  const ask = async (question: string): Promise<string> => {
    asked.push(question)
    return answer(question)
  }
  return { asked, ports: { ...made.ports, terminal: { ...made.ports.terminal, isInteractive: true, ask } } }
}

const endOf = (question: string): string =>
  (/^(?:AGE-SECRET-KEY-\S+|lockstep-share\S+)$/m.exec(question)?.[0] ?? '').slice(-6)

test('it is shown once at the terminal, typed back, and only its public side stays', async (t) => {
  const made = await projectIn(t, { secrets: { aws: { A: '1' } } })
  const { ports, asked } = person(made, endOf)
  const done = await makeRecovery(ports, made.open(), shown)
  assert.equal(asked.length, 1)
  const key = /AGE-SECRET-KEY-\S+/.exec(asked[0] ?? '')?.[0] ?? ''
  const { recovery } = await made.open().metadata()
  assert.equal(recovery?.recipient, done?.recipient)
  for (const name of readdirSync(made.root, { recursive: true, encoding: 'utf8' })) {
    const path = join(made.root, name)
    if (statSync(path).isFile()) assert.ok(!readFileSync(path, 'latin1').includes(key), name)
  }
})

test('who does not take it has none: an empty answer, or three wrong ones', async (t) => {
  const made = await projectIn(t)
  for (const [answer, times] of [
    ['', 1],
    ['wrong!', 3],
  ] as const) {
    const { ports, asked } = person(made, () => answer)
    assert.equal(await makeRecovery(ports, made.open(), shown), null)
    assert.equal(asked.length, times)
    assert.equal((await made.open().metadata()).recovery, null)
  }
})

test('never through a pipe', async (t) => {
  const made = await projectIn(t)
  assert.match((await refusal('USAGE', makeRecovery(made.ports, made.open(), shown))).hint ?? '', /--to FILE/)
})

test('into a file of its own outside the project, over nothing', async (t) => {
  const made = await projectIn(t)
  const away = temporary(t, { taken: 'x' })
  const done = await makeRecovery(made.ports, made.open(), { ...shown, to: join(away, 'r.txt') })
  assert.deepEqual(done?.files, [join(away, 'r.txt')])
  assert.equal(statSync(join(away, 'r.txt')).mode & 0o777, 0o600)
  const key = await findRecoveryKey(made.ports, { identity: join(away, 'r.txt'), shares: [] })
  assert.equal(key?.check, (await made.open().metadata()).recovery?.check)
  const again = { split: null, renew: true }
  await refusal('CONFLICT', makeRecovery(made.ports, made.open(), { ...again, to: join(away, 'taken') }))
  mkdirSync(join(made.root, 'sub'))
  symlinkSync(made.root, join(away, 'link'))
  for (const to of ['r.txt', 'sub/r.txt', join(away, 'link/r.txt'), `${made.root}/sub/../r.txt`]) {
    await refusal('UNSAFE', makeRecovery(made.ports, made.open(), { ...again, to }))
    assert.ok(!existsSync(join(made.root, 'r.txt')), to)
  }
  assert.equal((await made.open().metadata()).recovery?.recipient, done?.recipient)
})

test('as shares: each its own file, any k of them are the identity', async (t) => {
  const made = await projectIn(t)
  const away = temporary(t)
  const done = await makeRecovery(made.ports, made.open(), { to: join(away, 'shares'), split: '2/3', renew: false })
  const names = (done?.files ?? []).map((path) => path.slice(away.length))
  assert.deepEqual(
    names,
    [1, 2, 3].map((i) => `/shares/shop-production-recovery-share-${i}-of-3.txt`),
  )
  const ports = portsIn(away)
  const [a = '', b = '', c = ''] = done?.files ?? []
  const keys = await Promise.all(
    [
      [a, b],
      [c, a],
    ].map((shares) => findRecoveryKey(ports, { identity: null, shares })),
  )
  assert.ok(keys[0] !== undefined && keys[0] !== null && keys[1] !== undefined && keys[1] !== null)
  assert.ok(keys[0].key.equals(keys[1].key))
  await refusal('USAGE', findRecoveryKey(ports, { identity: null, shares: [a] }))
  await refusal('USAGE', findRecoveryKey(ports, { identity: a, shares: [] }))
  await refusal('USAGE', findRecoveryKey(ports, { identity: a, shares: [b] }))
  await refusal('NOT_FOUND', findRecoveryKey(ports, { identity: null, shares: ['none'] }))
})

test('every share is typed back at the terminal', async (t) => {
  const made = await projectIn(t)
  const { ports, asked } = person(made, endOf)
  assert.ok((await makeRecovery(ports, made.open(), { ...shown, split: '2/3' })) !== null)
  assert.equal(asked.length, 3)
  let count = 0
  const second = person(made, (question) => (count++ === 0 ? endOf(question) : ''))
  assert.equal(await makeRecovery(second.ports, made.open(), { ...shown, split: '2/3', renew: true }), null)
})
