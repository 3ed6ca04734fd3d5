/** What a look leaves in the access log: that it was, and not every secret there is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withProject } from '../../../src/app/project/with-project.ts'
import { fail } from '../../../src/core/errors.ts'
import { call } from '../../support/call.ts'
import { projectIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'

test('a look names no secret though it opens all, and log show finds who had one', async (t) => {
  const { ports, project } = await projectIn(t, { secrets: { aws: { AWS_KEY: 'value', AWS_ID: 'id' } } })
  for (let i = 0; i < 3; i++) await withProject(ports, project, { action: 'look' }, async (open) => open.readAll())
  const failed = withProject(ports, project, { action: 'look' }, async (open) => {
    await open.readAll()
    throw fail('UNAVAILABLE', 'no host answers')
  })
  await refusal('UNAVAILABLE', failed)
  assert.equal((await call(['get', 'AWS_KEY'], ports)).status, 0)
  const named = await call(['log', 'show', '--name', 'AWS_KEY', '--json'], ports)
  const { entries } = JSON.parse(named.stdout)
  assert.deepEqual(
    entries.map(({ action }: { action: string }) => action),
    ['read'],
  )
  const cut = await call(['log', 'show', '--last', '2'], ports)
  assert.match(cut.stdout, /^note: 3 older ones are not shown: --last 5$/m)
  assert.doesNotMatch((await call(['log', 'show'], ports)).stdout, /older/)
})
