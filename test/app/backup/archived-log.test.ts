/** The access log in archives: all of it as far as there is room, and whole again where it was restored. */
import assert from 'node:assert/strict'
import { chmodSync, readdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { collectLog } from '../../../src/app/backup/collect-log.ts'
import { restoreAndTell } from '../../../src/app/backup/restore-and-tell.ts'
import { logPlace, rotatedName, type LogPlace } from '../../../src/app/log/log-place.ts'
import { parseRecovery } from '../../../src/core/backup/recovery-text.ts'
import { backupProject, type BackupProject } from '../../support/backups.ts'
import { call } from '../../support/call.ts'
import { portsIn } from '../../support/project.ts'
import { temporary } from '../../support/temporary.ts'

/** Two full files and one in use, of an entry each. */
const rotated = async (t: TestContext): Promise<{ readonly made: BackupProject; readonly place: LogPlace }> => {
  const made = await backupProject(t)
  const place = logPlace(made.ports.machine, made.project)
  for (const seq of [1, 2, 3]) {
    assert.equal((await call(['get', 'AWS_KEY'], made.ports)).status, 0)
    if (seq < 3) renameSync(place.log, join(dirname(place.log), rotatedName(place.log, seq)))
  }
  return { made, place }
}

const full = ['access.000000000001.jsonl', 'access.000000000002.jsonl']

test('full files of the log are in the archive, and what is restored of them is whole', async (t) => {
  const { made, place } = await rotated(t)
  const { bytes } = await made.backup()
  const to = temporary(t)
  const request = { archive: 'x', bytes, directory: to, environment: undefined, brought: [], check: false }
  const key = parseRecovery(made.recovery, 'recovery')
  await restoreAndTell(portsIn(to), { ...request, key, overNewer: false })
  for (const name of full) {
    assert.deepEqual(readFileSync(join(to, '.lockstep', name)), readFileSync(join(dirname(place.log), name)))
  }
  const verified = await call(['log', 'verify', '--json'], portsIn(to))
  assert.equal(verified.status, 0, verified.stdout)
  assert.match(verified.stdout, /"count": 4/)
})

test('no part of a log is put beside another log that is there', async (t) => {
  const { made } = await rotated(t)
  const { bytes } = await made.backup()
  const to = temporary(t, { '.lockstep/access.jsonl': '' })
  chmodSync(join(to, '.lockstep/access.jsonl'), 0o600)
  const request = { archive: 'x', bytes, directory: to, environment: undefined, brought: [], check: false }
  const key = parseRecovery(made.recovery, 'recovery')
  await restoreAndTell(portsIn(to), { ...request, key, overNewer: false })
  assert.deepEqual(
    readdirSync(join(to, '.lockstep')).filter((name) => full.includes(name)),
    [],
  )
})

test('where there is no room the oldest parts are left out, and noted', async (t) => {
  const { made, place } = await rotated(t)
  const size = (name: string): number => readFileSync(join(dirname(place.log), name)).length
  const [first = '', second = ''] = full
  const newest = [place.head, place.log].reduce((sum, path) => sum + readFileSync(path).length, 0)
  const collected = async (room: number): Promise<readonly [readonly string[], readonly string[]]> => {
    const { files, notes } = await collectLog(made.ports, made.project, room)
    return [files.map(({ path }) => path.replace('project/.lockstep/', '')), notes]
  }
  const kept = ['access.head', 'access.jsonl']
  const left = (name: string): string => `.lockstep/${name}: of the access log, not kept`
  assert.deepEqual(await collected(newest + size(first) + size(second)), [[...kept, second, first], []])
  assert.deepEqual(await collected(newest + size(second)), [[...kept, second], [left(first)]])
  assert.deepEqual(await collected(newest), [kept, [left(second), left(first)]])
  // somebody who can write there could make it too large: that must not end backups
  writeFileSync(place.log, '')
  truncateSync(place.log, 100 << 20)
  assert.deepEqual((await collected(64 << 20))[0], ['access.head'])
})
