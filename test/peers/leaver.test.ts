import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { temporary } from '../support/temporary.ts'

const program = resolve(import.meta.dirname, '..', '..', 'bin', 'lockstep')

interface Ended {
  readonly status: number | null
  readonly said: string
}

/** Runs lockstep in a clone. */
const at = (directory: string, args: readonly string[], input = ''): Ended => {
  const done = spawnSync(program, args, { cwd: directory, input, encoding: 'utf8' })
  return { status: done.status, said: `${done.stdout}${done.stderr}` }
}

const copy = (from: string, to: string, without = ''): void => {
  const done = spawnSync('sh', ['-c', 'cp -a "$1/." "$2/" && [ -z "$3" ] || rm -r "$2/$3"', 'sh', from, to, without])
  assert.equal(done.status, 0)
}

test('a new project key, as when somebody left, does not cut the fleet off', (t) => {
  const host = `${temporary(t)}/opt`
  const inventory = `thishost ansible_connection=local lockstep_directory=${host}\n`
  const project = temporary(t, { 'inventory/production': inventory, 'lockstep.yaml': 'project: shop\n' })
  const well = (directory: string, args: readonly string[], input?: string): string => {
    const { status, said } = at(directory, args, input)
    assert.equal(status, 0, `${args.join(' ')}\n${said}`)
    return said
  }
  well(project, ['init'])
  well(project, ['set', 'KEY', '--group', 'app'], 'one\n')
  well(project, ['setup'])
  const behind = temporary(t)
  copy(project, behind)
  well(project, ['set', 'KEY'], 'two\n')
  well(project, ['deploy'])

  well(project, ['rekey', '--project-key'])
  const fresh = temporary(t)
  copy(project, fresh, '.lockstep')
  const looked = at(fresh, ['status'])
  assert.equal(looked.status, 10, looked.said)
  assert.match(looked.said, /former project key/)
  assert.match(well(fresh, ['deploy']), /2→3 {2}its fingerprints are of a former project key/)
  assert.match(well(project, ['deploy']), /in step, nothing changed/)
  well(project, ['rekey', '--project-key'])
  assert.match(well(project, ['deploy']), /delivered/)

  const stale = at(behind, ['deploy'])
  assert.equal(stale.status, 8, stale.said)
  assert.match(stale.said, /your clone is behind the fleet: KEY\n/)
})
