import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { call } from '../../support/call.ts'
import { piped, projectIn } from '../../support/project.ts'

test('a change to a project that was tampered with is refused at once, and for that reason', async (t) => {
  const { root, ports } = await projectIn(t, { secrets: { aws: { AWS_KEY: 'a' }, session: { KEY: 'b' } } })
  writeFileSync(join(root, 'secrets/aws.env'), '$ANSIBLE_VAULT;1.1;AES256\n3132\n')
  writeFileSync(join(root, 'new.env'), 'AWS_KEY=c\n', { mode: 0o600 })
  const start = performance.now()
  for (const argv of [
    ['rm', 'AWS_KEY'],
    ['set', 'AWS_KEY'],
    ['rekey'],
    ['import', 'new.env', '-g', 'aws', '--replace'],
  ]) {
    const { status, stderr } = await call(argv, { ...ports, ...piped('c') })
    assert.equal(status, 7, `${argv.join(' ')}: ${stderr}`)
  }
  assert.ok(performance.now() - start < 5000)
})
