import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { scopeFiles, writeScope } from '../support/scope.ts'

/** Needs root, util-linux, and namespaces of users: what rootless engines and those that remap users do. */
const root = resolve(import.meta.dirname, '..', '..')
const directory = mkdtempSync(join(tmpdir(), 'namespaces-'))
after(() => rmSync(directory, { recursive: true }))
// the clone may lie where other users cannot go
for (const name of ['src', 'package.json']) cpSync(join(root, name), join(directory, name), { recursive: true })
const node = join(directory, 'node')
cpSync(process.execPath, node)
writeScope(directory, await scopeFiles({ app: { API_KEY: 'canary' } }))
for (const path of ['.', 'secrets']) chmodSync(join(directory, path), 0o755)
for (const name of readdirSync(join(directory, 'secrets'))) chmodSync(join(directory, 'secrets', name), 0o644)

const lockstep = [node, join(directory, 'src', 'bin.ts'), 'run', '--password-file', `${directory}/vault-password`]
const run = [...lockstep, '--directory', `${directory}/secrets`, '--', 'true']
const asUser = ['--reuid=12345', '--regid=12345', '--clear-groups']

test('root that is not root outside is told whose files they must be', () => {
  const { status, stderr } = spawnSync('setpriv', [...asUser, 'unshare', '--user', '--map-root-user', ...run])
  assert.equal(status, 5)
  assert.match(String(stderr), /rootless or remaps users.*uid 12345/)
})

test('a user that may not read is told two ways', () => {
  const { status, stderr } = spawnSync('setpriv', [...asUser, ...run])
  assert.equal(status, 5)
  assert.match(String(stderr), /`uid: 12345`.*--user 12345/)
})

test('as PID 1 of a namespace: the program is PID 1', () => {
  const args = ['--pid', '--fork', ...run.slice(0, -1), 'sh', '-c', 'echo $$']
  assert.equal(String(spawnSync('unshare', args).stdout), '1\n')
})

test('resident on a terminal: Ctrl-C reaches the program once', async () => {
  const launcher = new URL('../../src/io/launcher.ts', import.meta.url).href
  const trap =
    'n=0; trap "n=\\$((n+1))" INT; echo up; i=0; while [ $i -lt 10 ]; do sleep 0.05; i=$((i+1)); done; echo count $n'
  const become = JSON.stringify({
    path: '/bin/sh',
    name: 'sh',
    args: ['-c', trap],
    environment: { PATH: '/bin' },
    identity: null,
  })
  const code = `import { openLauncher } from '${launcher}'; process.exit(await openLauncher(null).become(${become}))`
  const quoted = `${process.execPath} --input-type=module -e '${code.replaceAll("'", `'\\''`)}'`
  const child = spawn('script', ['--quiet', '--return', '--command', quoted, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => {
    if (out === '' && chunk.includes('up')) child.stdin.write('\x03')
    out += chunk.toString()
  })
  await new Promise((done) => child.once('close', done))
  assert.match(out, /count 1/)
})
