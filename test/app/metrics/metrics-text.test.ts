import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { afterStatus } from '../../../src/app/alerts/after-look.ts'
import { call } from '../../support/call.ts'
import { projectIn } from '../../support/project.ts'
import { statusReport } from '../../support/status-report.ts'

test('metrics are of what was last seen, and the text file is for the node exporter', async (t) => {
  const { ports, project, root } = await projectIn(t, { secrets: { aws: { AWS_KEY: 'canary-of-metrics' } } })
  const before = await call(['metrics'], ports)
  assert.equal(before.status, 0)
  assert.doesNotMatch(before.stdout, /lockstep_host/)
  const hosts = [
    {
      host: 'host1',
      rung: 'host',
      state: 'behind',
      generation: 1,
      next: 2,
      reason: 'x',
      containers: [],
      problem: null,
      watch: null,
    },
  ] as const
  const backup = { verified: null, made: null, behind: [], every: null, isOverdue: false, damage: [], says: 'never' }
  const report = { ...statusReport({ hosts, backup }), isInStep: false }
  await afterStatus(ports, project, report, { isWhole: true, line: assert.fail })
  const { status, stdout } = await call(['metrics', '--textfile', 'shop.prom'], ports)
  assert.deepEqual([status, stdout], [0, ''])
  const text = readFileSync(join(root, 'shop.prom'), 'utf8')
  assert.match(text, /^lockstep_host_generations_behind\{project="shop",environment="production",host="host1"\} 1$/m)
  assert.match(text, /^lockstep_secret_age_seconds\{.*secret="AWS_KEY",group="aws",host=""\} 0$/m)
  assert.doesNotMatch(text, /canary/)
  assert.equal(statSync(join(root, 'shop.prom')).mode & 0o777, 0o644)
  assert.equal((await call(['metrics'], ports)).stdout, text)
})
