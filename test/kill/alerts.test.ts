import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { builtProgram } from '../support/built.ts'
import { projectIn } from '../support/project.ts'

test('killed after an alert was sent and before that is written down: it is sent once more, and then no more', async (t) => {
  // the sink takes the alert and kills the lockstep that sends it, the first time
  const sink = 'cat >> sent; [ -e killed ] || { touch killed; kill -9 $PPID; }'
  const { root } = await projectIn(t, { manifest: `project: shop\nalerts: [{ command: [sh, -c, "${sink}"] }]\n` })
  const env = { PATH: process.env['PATH'] ?? '', HOME: join(root, 'home'), LOCKSTEP_SCHEDULED: 'cron' }
  // a job that fails, as there is no inventory: the one alert
  const run = (): string | number => {
    const done = spawnSync(process.execPath, [resolve(builtProgram()), 'audit'], { cwd: root, env, encoding: 'utf8' })
    return done.signal ?? done.status ?? -1
  }
  assert.equal(run(), 'SIGKILL')
  assert.ok(existsSync(join(root, 'killed')))
  assert.notEqual(run(), 'SIGKILL')
  assert.notEqual(run(), 'SIGKILL')
  const ids = readFileSync(join(root, 'sent'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).alerts[0].id)
  assert.equal(ids.length, 2)
  assert.equal(new Set(ids).size, 1, 'under one id')
})
