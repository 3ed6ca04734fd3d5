import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { text } from 'node:stream/consumers'
import { temporary } from '../support/temporary.ts'

const demo = resolve(import.meta.dirname, '..', '..', 'scripts', 'demo.sh')

test('make demo does the main job, shows it, and leaves nothing behind', async (t) => {
  const root = temporary(t)
  const [home, work] = [join(root, 'home'), join(root, 'tmp')]
  mkdirSync(home)
  mkdirSync(work)
  const env = { ...process.env, HOME: home, TMPDIR: work, LOCKSTEP_PASSWORD_FILE: '/nowhere', ANSIBLE_INVENTORY: 'x' }
  const child = spawn(demo, [], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((done) => child.once('close', done))
  const [said, errors, status] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  assert.equal(status, 0, `${said}\n${errors}`)
  assert.equal(errors, '')
  assert.deepEqual(readdirSync(work), [])
  assert.deepEqual(readdirSync(home), [])
  for (const line of [
    /^\$ lockstep init\nadopted {2}inventory\/production/m,
    /^added CLOUDFLARE_API_TOKEN \(new group cloudflare, version 1\)$/m,
    /^thishost {2}-→1 .* delivered$/m,
    /"state":"ready","verified":true/,
    /in step, nothing changed\n/,
    /^thishost {2}1→2 {2}~SESSION_KEY .* delivered$/m,
    /^high {6}WORLD-READABLE {2}thishost .*mode is 644, should be 600$/m,
    /^CLOUDFLARE_API_TOKEN=only-an-example$/m,
  ]) {
    assert.match(said, line)
  }
  assert.match(said.slice(said.lastIndexOf('\n\n')), /^\n\nnext: lockstep init --template callableapis/)
  // once in the plain file that it starts from, and nowhere after
  assert.equal(said.split('wJalrXUtnFEMI').length, 2)
})
