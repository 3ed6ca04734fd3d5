import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { installedOf } from '../../src/core/schedule/installed.ts'
import { jobs } from '../../src/core/schedule/jobs.ts'
import { nextDue } from '../../src/core/schedule/next-due.ts'
import { calendarOf, unitsOf } from '../../src/core/schedule/systemd-text.ts'
import { must } from '../support/must.ts'
import { temporary } from '../support/temporary.ts'

test('systemd finds nothing wrong with the units', (t) => {
  const directory = temporary(t, { 'opt/scripts/manage-secrets.sh': '#!/bin/sh\n' })
  chmodSync(join(directory, 'opt/scripts/manage-secrets.sh'), 0o755)
  const installed = installedOf({
    project: 'callableapis',
    environment: 'staging',
    root: "/srv/it's 100% of $HOME",
    program: '/usr/local/bin/lockstep',
    directory: join(directory, 'opt'),
    textfile: '/var/lib/node/x.prom',
  })
  const units = jobs.flatMap((job) => unitsOf(installed, job))
  for (const { name, text } of units) writeFileSync(join(directory, name), text)
  const paths = units.map(({ name }) => join(directory, name))
  const verified = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], { encoding: 'utf8' })
  const ours = verified.stderr.split('\n').filter((line) => line.includes('lockstep') || line.includes(directory))
  assert.deepEqual([verified.status, ours], [0, []], verified.stderr)
})

test('systemd and we mean the same time', () => {
  for (const { when } of jobs) {
    const args = ['calendar', '--iterations=2', '--base-time=2026-11-22 02:30:00', calendarOf(when)]
    const done = must('env', ['TZ=UTC', 'LC_ALL=C', 'systemd-analyze', ...args]).toString()
    const times = [...done.matchAll(/(?:Next elapse|Iter(?:ation|\.) #2): \w+ (\d{4}-\d\d-\d\d) ([\d:]+) UTC/g)]
    const theirs = times.map(([, day, time]) => Date.parse(`${day}T${time}Z`))
    const first = nextDue(when, Date.parse('2026-11-22T02:30:00Z'), 'UTC') ?? assert.fail()
    assert.deepEqual(theirs, [first, nextDue(when, first, 'UTC')], done)
  }
})
