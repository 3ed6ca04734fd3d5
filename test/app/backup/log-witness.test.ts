/** What archives have seen of the access log: who puts an older one back, note and all, is found by the backups. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { logPlace } from '../../../src/app/log/log-place.ts'
import { backupProject } from '../../support/backups.ts'
import { call } from '../../support/call.ts'

test('a log that was cut below the head in an archive is found by log verify and backup-verify', async (t) => {
  const made = await backupProject(t)
  const place = logPlace(made.ports.machine, made.project)
  const run = (...args: readonly string[]): ReturnType<typeof call> => call(args, made.ports)
  assert.equal((await run('get', 'AWS_KEY')).status, 0)
  const early = [place.log, place.head].map((path) => [path, readFileSync(path)] as const)
  for (let i = 0; i < 3; i++) await run('get', 'AWS_KEY')
  assert.equal((await run('backup', '--local')).status, 0)
  assert.equal((await run('log', 'verify')).status, 0)
  const whole = await run('backup-verify', '--local')
  assert.equal(whole.status, 0, whole.stdout)
  for (const [path, bytes] of early) writeFileSync(path, bytes, { mode: 0o600 })
  rmSync(place.pin)
  const says = /shop-\S+-0001\.backup has seen entry 5; the log ends with entry 1/
  const verified = await run('log', 'verify')
  assert.equal(verified.status, 7)
  assert.match(verified.stdout, says)
  const compared = await run('backup-verify', '--local')
  assert.equal(compared.status, 7)
  assert.match(compared.stdout, /^verified +shop-\S+-0001\.backup$/m)
  assert.match(compared.stdout, says)
  assert.match(compared.stdout, /^log {2}access\.jsonl /m)
})

test('an archive that is not there, or does not open, is no witness and no fault of the log', async (t) => {
  const made = await backupProject(t)
  const { listed } = await made.backup()
  assert.equal((await call(['get', 'AWS_KEY'], made.ports)).status, 0)
  const path = join(made.root, 'backups', listed.name)
  for (const spoil of [() => writeFileSync(path, 'x', { mode: 0o600 }), () => rmSync(path)]) {
    spoil()
    assert.equal((await call(['log', 'verify'], made.ports)).status, 0)
  }
})
