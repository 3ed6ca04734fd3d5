import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { makeSshKeyPair } from '../../src/crypto/open-ssh-key.ts'
import { temporary } from '../support/temporary.ts'

const run = promisify(execFile)

for (const comment of ['', 'deploy of shop', 'exactly 16 bytes']) {
  test(`ssh-keygen reads our private keys, comment ${JSON.stringify(comment)}`, async (t) => {
    const file = join(temporary(t), 'key')
    const pair = makeSshKeyPair(comment)
    await writeFile(file, pair.private.bytes(), { mode: 0o600 })
    const { stdout } = await run('ssh-keygen', ['-y', '-P', '', '-f', file])
    assert.equal(stdout.trim(), pair.public)
    // and uses them: a signature of its own
    await writeFile(join(file, '..', 'message'), 'signed')
    await run('ssh-keygen', ['-Y', 'sign', '-q', '-n', 'test', '-f', file, join(file, '..', 'message')])
    await writeFile(join(file, '..', 'allowed'), `me ${pair.public}\n`)
    const checked = run('ssh-keygen', [
      '-Y',
      'verify',
      '-f',
      join(file, '..', 'allowed'),
      '-I',
      'me',
      '-n',
      'test',
      '-s',
      join(file, '..', 'message.sig'),
    ])
    checked.child.stdin?.end('signed')
    assert.match((await checked).stdout, /^Good "test" signature/)
  })
}
