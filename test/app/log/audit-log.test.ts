/** What an audit says of the access log: nobody runs `log verify` each day. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { logFindings } from '../../../src/app/log/audit-log.ts'
import { logPlace } from '../../../src/app/log/log-place.ts'
import { auditLog } from '../../../src/core/audit/audit-log.ts'
import type { LogProblem } from '../../../src/core/log/verify.ts'
import { call } from '../../support/call.ts'
import { projectIn } from '../../support/project.ts'

test('a line that was taken out, a log that is gone and one that cannot be read are told; a whole one is not', async (t) => {
  const { ports, project, open } = await projectIn(t, { secrets: { aws: { AWS_KEY: 'value' } } })
  const place = logPlace(ports.machine, project)
  const found = async (): Promise<readonly string[]> =>
    (await logFindings(ports, open(), () => [])).map(({ id, path, message }) => `${id} ${path}: ${message}`)
  assert.deepEqual(await found(), [])
  for (let i = 0; i < 18; i++) assert.equal((await call(['get', 'AWS_KEY'], ports)).status, 0)
  assert.deepEqual(await found(), [])
  const whole = readFileSync(place.log, 'utf8')
  writeFileSync(place.log, whole.split('\n').toSpliced(2, 1).join('\n'), { mode: 0o600 })
  assert.deepEqual(await found(), ['ACCESS-LOG-CHANGED .lockstep/access.jsonl:3: entry 3 is gone before it'])
  rmSync(place.log)
  const gone = 'the access log is gone: it had 18 entries'
  assert.deepEqual(await found(), [`ACCESS-LOG-CHANGED .lockstep/access.jsonl (cut): ${gone}`])
  const said = await call(['log', 'verify'], ports)
  assert.equal(said.status, 7)
  assert.equal(said.stdout.match(/gone/g)?.length, 1, said.stdout)
  assert.match(said.stderr, /^next: lockstep audit: .* until somebody accepts it/m)
  writeFileSync(place.log, whole, { mode: 0o644 })
  assert.match((await found()).join(), /^ACCESS-LOG-CHANGED \.lockstep\/access\.jsonl: /)
})

test('what a witness has seen of it counts', async (t) => {
  const { ports, open } = await projectIn(t, { secrets: { aws: { AWS_KEY: 'value' } } })
  await call(['get', 'AWS_KEY'], ports)
  const found = await logFindings(ports, open(), () => [
    { name: 'host1', seen: { id: '0', seq: 3, hash: '0' }, trust: 'bad' },
  ])
  assert.deepEqual(
    found.map(({ path, severity }) => [path, severity]),
    [['.lockstep/access.jsonl (anchor)', 'high']],
  )
})

test('each place is one to accept, and a log of nothing but lies is a few', () => {
  const at = (line: number): LogProblem => ({ file: 'access.jsonl', line, kind: 'changed', message: `m${line}` })
  assert.deepEqual(
    auditLog([at(1), { ...at(1), message: 'and' }, at(2)]).map(({ path, message }) => [path, message]),
    [
      ['.lockstep/access.jsonl:1', 'm1; and'],
      ['.lockstep/access.jsonl:2', 'm2'],
    ],
  )
  const many = auditLog(Array.from({ length: 100 }, (_, i) => at(i + 1)))
  assert.equal(many.length, 21)
  assert.equal(many.at(-1)?.path, '.lockstep and 80 more')
})
