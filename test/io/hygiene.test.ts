import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporary } from '../support/temporary.ts'

const source = join(import.meta.dirname, '../../src/io/hygiene.ts')

/** A program that hardens itself and then does `body`, in a directory of its own. */
const hardened = (t: TestContext, body: string): { readonly root: string; readonly path: string } => {
  const root = temporary(t)
  const path = join(root, 'program.ts')
  writeFileSync(path, `import { handBack, harden } from ${JSON.stringify(source)}\nharden()\n${body}`)
  return { root, path }
}

test('SIGUSR1 and SIGUSR2 do nothing: no debugger, no report, no end', async (t) => {
  const { root, path } = hardened(t, "console.log('ready')\nsetTimeout(() => console.log('end'), 600)\nvoid handBack")
  const child = spawn(process.execPath, ['--report-on-signal', path], { cwd: root })
  let shown = ''
  child.stdout.on('data', (part: Buffer) => (shown += part.toString()))
  child.stderr.on('data', (part: Buffer) => (shown += part.toString()))
  await once(child.stdout, 'data')
  for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGUSR1'] as const) child.kill(signal)
  const [status] = await once(child, 'close')
  assert.equal(status, 0)
  assert.equal(shown, 'ready\nend\n')
  assert.deepEqual(readdirSync(root), ['program.ts'])
})

test('no report of an uncaught error, whatever NODE_OPTIONS says', (t) => {
  const { root, path } = hardened(t, "void handBack\nthrow new Error('x')")
  const env = { ...process.env, NODE_OPTIONS: '--report-uncaught-exception --report-on-fatalerror' }
  assert.notEqual(spawnSync(process.execPath, [path], { cwd: root, env }).status, 0)
  assert.deepEqual(readdirSync(root), ['program.ts'])
})

test('a core dump does not hold what we had in memory', { skip: process.platform !== 'linux' && 'Linux only' }, (t) => {
  const canary = randomBytes(24)
  const body = `
    const kept = Buffer.from(process.argv[2] ?? '', 'hex').map((byte) => byte ^ 1)
    console.log(kept.length, handBack.length)
    process.abort()`
  const { root, path } = hardened(t, body)
  const argument = Buffer.from(canary.map((byte) => byte ^ 1)).toString('hex')
  const script = `ulimit -c unlimited; exec "$0" --abort-on-uncaught-exception "$@"`
  spawnSync('bash', ['-c', script, process.execPath, path, argument], { cwd: root })
  const cores = readdirSync(root).filter((each) => each !== 'program.ts')
  if (cores.length === 0) return t.skip('core dumps go elsewhere on this machine')
  for (const name of cores) {
    assert.equal(readFileSync(join(root, name)).indexOf(canary), -1, `${name} holds the canary`)
  }
})

test('files are private, and what we change is given back', (t) => {
  const body = `
    import { readFileSync, writeFileSync } from 'node:fs'
    const filter = () => process.platform === 'linux' ? readFileSync('/proc/self/coredump_filter', 'utf8').trim() : '00000000'
    writeFileSync('private', '')
    console.log(/^0*$/.test(filter()))
    handBack()
    writeFileSync('public', '')
    console.log(filter())`
  const { root, path } = hardened(t, body)
  const before = process.platform === 'linux' ? readFileSync('/proc/self/coredump_filter', 'utf8').trim() : '00000000'
  const done = spawnSync('sh', ['-c', 'umask 022; exec "$0" "$1"', process.execPath, path], { cwd: root })
  assert.equal(done.stdout.toString(), `true\n${before}\n`, done.stderr.toString())
  assert.equal(statSync(join(root, 'private')).mode & 0o777, 0o600)
  assert.equal(statSync(join(root, 'public')).mode & 0o777, 0o644)
})
