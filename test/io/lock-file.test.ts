import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { files } from '../../src/io/files.ts'
import { ownIdentity } from '../../src/io/process-identity.ts'
import { refusal } from '../support/refusal.ts'
import { temporary } from '../support/temporary.ts'

test('the lock is held while the work runs, and goes with it', async (t) => {
  const root = temporary(t)
  const path = join(root, '.lockstep/lock')
  assert.equal(await files.locked(path, async () => existsSync(path)), true)
  assert.equal(existsSync(path), false)
  await assert.rejects(
    files.locked(path, () => Promise.reject(new Error('broken'))),
    /broken/,
  )
  assert.deepEqual(readdirSync(join(root, '.lockstep')), [])
})

test('a second holder waits, then is told who holds it', async (t) => {
  const path = join(temporary(t), 'lock')
  await files.locked(path, async () => {
    const error = await refusal(
      'CONFLICT',
      files.locked(path, async () => {}, { wait: 60 }),
    )
    assert.match(error.message, /held by this very process/)
    await refusal(
      'CONFLICT',
      files.locked(path, async () => {}, { wait: 0 }),
    )
  })
  const order: string[] = []
  await Promise.all(
    ['a', 'b', 'c'].map((name) =>
      files.locked(path, async () => {
        order.push(name)
        await new Promise((resolve) => setTimeout(resolve, 10))
        order.push(name)
      }),
    ),
  )
  for (const at of [0, 2, 4]) assert.equal(order[at], order[at + 1])
})

test('the lock of a dead process is taken over, that of a foreign one is not', async (t) => {
  const path = join(temporary(t), 'lock')
  const own = await ownIdentity()
  const earlierBoot = { ...own, boot: `00000000.${own.boot.split('.')[1]}` }
  for (const dead of [{ ...own, pid: 999_999_999 }, { ...own, start: '0' }, earlierBoot]) {
    writeFileSync(path, JSON.stringify(dead))
    assert.equal(await files.locked(path, async () => 'taken', { wait: 500 }), 'taken')
  }
  const otherContainer = { ...own, boot: `${own.boot.split('.')[0]}.1`, pid: 999_999_999 }
  for (const foreign of [{ ...own, host: 'other', pid: 999_999_999 }, otherContainer]) {
    writeFileSync(path, JSON.stringify(foreign))
    const error = await refusal(
      'CONFLICT',
      files.locked(path, async () => {}, { wait: 0 }),
    )
    assert.match(error.message, /process 999999999 on/)
    assert.match(error.hint ?? '', /^if nothing runs there any more: rm /)
  }
  writeFileSync(path, 'not a lock')
  await refusal(
    'CONFLICT',
    files.locked(path, async () => {}, { wait: 0 }),
  )
})

test('no change is lost between processes, also when some are killed', async (t) => {
  const root = temporary(t, { counter: '0', done: '' })
  const source = join(import.meta.dirname, '../../src/io/files.ts')
  const program = join(root, 'work.ts')
  writeFileSync(
    program,
    // Written beside and renamed: whoever is killed between the emptying and the writing of a file would lose the count.
    `import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
     import { files } from ${JSON.stringify(source)}
     for (let i = 0; i < Number(process.argv[2]); i++) {
       await files.locked(${JSON.stringify(join(root, 'lock'))}, async () => {
         appendFileSync(${JSON.stringify(join(root, 'trace'))}, '<')
         const count = Number(readFileSync(${JSON.stringify(join(root, 'counter'))}, 'utf8'))
         const beside = ${JSON.stringify(join(root, 'counter-'))} + process.pid
         writeFileSync(beside, String(count + 1))
         renameSync(beside, ${JSON.stringify(join(root, 'counter'))})
         appendFileSync(${JSON.stringify(join(root, 'trace'))}, '>')
       }, { wait: 60_000 })
     }`,
  )
  const start = (times: number): { readonly exit: Promise<unknown>; kill(): void } => {
    const child = spawn(process.execPath, [program, String(times)], { stdio: ['ignore', 'ignore', 'inherit'] })
    return { exit: new Promise((resolve) => child.once('exit', resolve)), kill: () => child.kill('SIGKILL') }
  }
  // The victims would go on for ever; the workers end by themselves.
  const victims = [start(1e9), start(1e9)]
  const workers = [start(25), start(25)]
  await new Promise((resolve) => setTimeout(resolve, 400))
  for (const victim of victims) victim.kill()
  await Promise.all([...workers, ...victims].map(({ exit }) => exit))
  // Where the workers were done before, nobody has come by since to take a dead one's lock away.
  await files.locked(join(root, 'lock'), async () => {}, { wait: 60_000 })
  // Only a killed one may have entered without leaving; two at once would show as `<<` without a kill between.
  const trace = readFileSync(join(root, 'trace'), 'utf8')
  assert.ok((trace.match(/<(?=<)/g) ?? []).length <= 2, trace)
  assert.ok(!trace.includes('>>'), trace)
  const counted = readFileSync(join(root, 'counter'), 'utf8')
  assert.ok(Number(counted) >= 50, `counted ${counted}; ${trace}`)
  assert.equal(existsSync(join(root, 'lock')), false)
})
