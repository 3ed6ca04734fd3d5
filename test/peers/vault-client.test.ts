import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { projectIn } from '../support/project.ts'

const run = promisify(execFile)

test('ansible-vault opens files through lockstep-client, beside a vault-id of the user’s own', async (t) => {
  const { root } = await projectIn(t, { secrets: { aws: { KEY: 'the value' } } })
  const { stdout } = await run('sh', [resolve(import.meta.dirname, '../../scripts/peers-ansible.sh')])
  const client = resolve(import.meta.dirname, '../../bin/lockstep-client')
  mkdirSync(join(root, 'deep'))
  writeFileSync(join(root, 'mine'), 'a password of my own\n', { mode: 0o600 })
  const env = { ...process.env, LC_ALL: 'C.UTF-8', PAGER: 'cat', ANSIBLE_HOME: root }
  const ids = ['--vault-id', `mine@${root}/mine`, '--vault-id', `shop@${client}`]
  for (const program of ['/usr/bin/ansible-vault', join(stdout.trim(), 'bin/ansible-vault')]) {
    const options = { env, cwd: join(root, 'deep') }
    const file = join(root, 'secrets/aws.env')
    assert.equal((await run(program, ['view', ...ids, file], options)).stdout.trim(), "KEY='the value'")
    const other = ['view', '--vault-id', `other@${client}`, file]
    await assert.rejects(run(program, other, options), /did not find a secret for vault-id=other|vault-id=other/)
  }
})
