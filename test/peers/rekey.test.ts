import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { rekeyProject } from '../../src/app/project/rekey.ts'
import { projectIn, testPassword } from '../support/project.ts'

const run = promisify(execFile)

test('after rekey every file opens with the real ansible-vault: new password yes, old password no', async (t) => {
  const script = resolve(import.meta.dirname, '../../scripts/peers-ansible.sh')
  const { stdout } = await run('sh', [script])
  const secrets = { aws: { KEY: 'one', PEM: 'a\nb\n' }, app: { TOKEN: 'two' }, 'hosts/onode1/aws': { KEY: 'own' } }
  const { root, ports, open } = await projectIn(t, { secrets })
  await rekeyProject(ports, open())
  await writeFile(join(root, 'old'), testPassword, { mode: 0o600 })
  const files = readdirSync(join(root, 'secrets'), { recursive: true, encoding: 'utf8' })
  const sealed = files.filter((file) => file.endsWith('.env') || file === 'fingerprint-key')
  assert.equal(sealed.length, 4)
  for (const program of ['/usr/bin/ansible-vault', join(stdout.trim(), 'bin/ansible-vault')]) {
    for (const file of sealed) {
      const view = (password: string): Promise<{ stdout: string }> =>
        run(program, ['view', '--vault-password-file', join(root, password), join(root, 'secrets', file)], {
          env: { ...process.env, LC_ALL: 'C.UTF-8', PAGER: 'cat', ANSIBLE_HOME: root },
        })
      assert.match((await view('.vault-password')).stdout, /=/, file)
      await assert.rejects(view('old'), /Decryption failed/, file)
    }
  }
})
