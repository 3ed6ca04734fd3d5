import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkWriter } from '../../../src/app/project/only-writer.ts'
import { withProject } from '../../../src/app/project/with-project.ts'
import { codeOf, refusal } from '../../support/refusal.ts'
import { projectIn } from '../../support/project.ts'

const names: readonly (readonly [writer: string | null, hostname: string, code: string])[] = [
  [null, 'laptop', 'none'],
  ['control1', 'control1', 'none'],
  ['Control1', 'control1', 'none'],
  ['control1', 'control1.example.org', 'none'],
  ['control1.example.org', 'control1.example.org', 'none'],
  ['control1.example.org', 'control1', 'DENIED'],
  ['control1', 'control10', 'DENIED'],
  ['control1', 'laptop', 'DENIED'],
]
for (const [onlyWriter, hostname, code] of names) {
  test(`secrets may be changed on ${hostname} where ${onlyWriter ?? 'nobody'} is the only writer: ${code}`, async (t) => {
    const { project } = await projectIn(t)
    const named = { manifest: { ...project.manifest, onlyWriter } }
    assert.equal(
      codeOf(() => checkWriter({ machine: { hostname } }, named)),
      code,
    )
  })
}

test('on another machine secrets are read, backups are made, and nothing is changed', async (t) => {
  const { ports, project } = await projectIn(t, { manifest: 'project: shop\nonly_writer: control1\n' })
  const use = (action: 'read' | 'change' | 'look', keepsSecrets = false): Promise<string> =>
    withProject(ports, project, { action, keepsSecrets }, async () => 'done')
  assert.equal(await use('read'), 'done')
  assert.equal(await use('look'), 'done')
  assert.equal(await use('change', true), 'done')
  const { hint } = await refusal('DENIED', use('change'))
  assert.match(hint ?? '', /do it there/)
})
