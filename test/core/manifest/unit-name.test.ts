import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installedOf, scheduleName } from '../../../src/core/schedule/installed.ts'
import { jobs } from '../../../src/core/schedule/jobs.ts'
import { timerName } from '../../../src/core/schedule/systemd-text.ts'
import { starterName } from '../../../src/core/watch/starter.ts'

test('no two things of any project and environment have one name on a host', () => {
  const owners = ['shop', 'watch', 'audit', 'watch-audit', 'shop-staging', 'shop-e-staging', 'shop-audit'].flatMap(
    (project) =>
      ['production', 'staging', 'audit', 'watch', 'e-staging'].map((environment) => ({ project, environment })),
  )
  const names = owners.flatMap((owner) => {
    const installed = installedOf({ ...owner, root: '/c', program: '/l', directory: '/opt/x', textfile: null })
    const timers = jobs.map((job) => timerName(installed, job).replace(/\.timer$/, ''))
    return [starterName(owner), scheduleName(owner), ...timers]
  })
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  )
})
