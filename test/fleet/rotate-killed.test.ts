import assert from 'node:assert/strict'
import { watch } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { startFleet, startProject } from '../support/fleet.ts'
import type { FleetProject, TestFleet } from '../support/fleet.ts'
import { itAndDescendants } from './standstill.ts'

const manifest = `project: shop
groups:
  session: { keys: [SESSION_KEY], rotate: { with: random, previous: SESSION_KEY_PREVIOUS } }
`

/** Kills the run, and all it started, when it has written its record number `at` (from 1) here: at about the time when hosts
 *  get it. False: it wrote fewer. */
const killedAt = async (project: FleetProject, at: number): Promise<boolean> => {
  let seen = 0
  let isKilled = false
  let pid = 0
  const watcher = watch(join(project.directory, '.lockstep'), (event, name) => {
    if (event !== 'rename' || name !== 'ledger-production.vault' || pid === 0 || isKilled) return
    seen++
    if (seen < at) return
    isKilled = true
    for (const one of itAndDescendants(pid, /lockstep|node|ansible|python/)) {
      try {
        process.kill(one, 'SIGKILL')
      } catch {
        // it ended by itself
      }
    }
  })
  await project.lockstep(['rotate', 'SESSION_KEY'], { onStart: (started) => void (pid = started) })
  watcher.close()
  return isKilled
}

suite('rotations that are killed', { concurrency: false }, () => {
  let fleet: TestFleet
  let project: FleetProject

  const valueOn = (number: number, name: string): string => {
    const shown = fleet.at(
      number,
      'cd /opt/shop && ansible-vault view --vault-password-file vault-password secrets/session.env',
    )
    return new RegExp(`^${name}=(.*)$`, 'm').exec(shown)?.[1] ?? ''
  }

  before(async () => {
    fleet = startFleet({ hosts: 2, net: 57 })
    project = await startProject(fleet, manifest, { session: { SESSION_KEY: 'first-session' } })
    assert.equal((await project.lockstep(['backup', 'recovery', '--to', `${fleet.directory}/recovery`])).status, 0)
    assert.equal((await project.lockstep(['setup'])).status, 0)
  })
  after(() => {
    project.remove()
    fleet.down()
  })

  const settled = async (from: FleetProject): Promise<string> => {
    const value = (await from.lockstep(['get', 'SESSION_KEY'])).stdout.trim()
    assert.deepEqual([valueOn(1, 'SESSION_KEY'), valueOn(2, 'SESSION_KEY')], [value, value])
    const nothing = await from.json(['rotate', '--resume'])
    assert.deepEqual(
      [nothing.status, nothing.value['rows'], nothing.value['hosts']],
      [0, [], []],
      JSON.stringify(nothing.value),
    )
    const deployed = await from.json(['deploy'])
    assert.equal(deployed.status, 0, JSON.stringify(deployed.value))
    return value
  }

  // two of them: test/app/rotate/killed.test.ts is killed at all, over hosts in memory
  for (const [how, at, isElsewhere] of [
    ['--resume', 7, true],
    ['--abort', 4, false],
  ] as const) {
    test(`killed at a record: rotate ${how}, ${isElsewhere ? 'from another clone' : 'here'}, ends as if it never had been`, async () => {
      const before = (await project.lockstep(['get', 'SESSION_KEY'])).stdout.trim()
      assert.ok(await killedAt(project, at), 'it was killed')
      const from = isElsewhere ? project.clone() : project
      const done = await from.json(['rotate', how])
      assert.equal(done.status, 0, JSON.stringify(done.value))
      const value = await settled(from)
      if (how === '--abort') assert.equal(value, before)
      else assert.notEqual(value, before)
      if (from === project) return
      // as git pull would
      project.remove()
      project = from
    })
  }
})
