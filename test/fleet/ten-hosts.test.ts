/** The everyday run on ten hosts: set-up, a delivery, one with nothing to do, one with a host down. */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { Secret } from '../../src/core/secret.ts'
import { openVault } from '../../src/crypto/ansible-vault.ts'
import { startFleet, startProject } from '../support/fleet.ts'
import type { FleetProject, TestFleet } from '../support/fleet.ts'

const names = Array.from({ length: 10 }, (_, index) => `host${index + 1}`)
const groups = ['aws', 'cloudflare', 'github', 'session', 'db']

suite('ten hosts', { concurrency: false }, () => {
  let fleet: TestFleet
  let project: FleetProject
  /** For the reader of the run. */
  const took: string[] = []

  before(async () => {
    fleet = startFleet({ hosts: names.length, net: 95 })
    project = await startProject(fleet, 'project: shop\n', { aws: { AWS_KEY: 'one' } })
    for (const group of groups.slice(1)) {
      const { status, stderr } = await project.lockstep(['import', '-', '--group', group], {
        input: `${group.toUpperCase()}_KEY=of-${group}\n`,
      })
      assert.equal(status, 0, stderr)
    }
  })
  after(() => {
    project.remove()
    fleet.down()
  })

  const directory = (name: string): string => join(fleet.directory, name.replace('host', 'h'), 'priv/opt/shop')
  const snapshot = (): readonly string[] =>
    names.map((_name, index) => fleet.at(index + 1, 'find /opt -printf "%p %y %u %m %i %T@ %C@ %l\\n" | sort'))

  /** The value of one name on a host, opened with the host's own password. */
  const valueOn = async (name: string, group: string): Promise<string> => {
    const password = new Secret(readFileSync(join(directory(name), 'vault-password'), 'utf8').trim())
    const { plaintext } = await openVault(readFileSync(join(directory(name), `secrets/${group}.env`)), password)
    return new TextDecoder().decode(plaintext)
  }

  const run = async (verb: string, status: number, more: readonly string[] = []): Promise<Record<string, string>> => {
    const since = performance.now()
    const { status: ended, value } = await project.json([verb, ...more])
    took.push(`${verb} ${((performance.now() - since) / 1000).toFixed(1)} s`)
    assert.equal(ended, status, JSON.stringify(value))
    const { hosts } = value
    if (!Array.isArray(hosts)) throw new Error(JSON.stringify(value))
    return Object.fromEntries(hosts.map((one: Readonly<Record<'host' | 'state', string>>) => [one.host, one.state]))
  }

  const all = (state: string, others: Readonly<Record<string, string>> = {}): Record<string, string> => ({
    ...Object.fromEntries(names.map((name) => [name, state])),
    ...others,
  })

  test('setup: every host has an id, a password and five groups of its own', async () => {
    assert.deepEqual(await run('setup', 0), all('delivered'))
    const read = (path: string): ReadonlySet<string> =>
      new Set(names.map((name) => readFileSync(join(directory(name), path), 'utf8')))
    assert.equal(read('host.json').size, names.length)
    assert.equal(read('vault-password').size, names.length)
    for (const name of names) {
      assert.deepEqual(
        readdirSync(join(directory(name), 'secrets')).toSorted(),
        ['all-secrets.env', 'manifest.json', ...groups.map((group) => `${group}.env`)].toSorted(),
      )
    }
  })

  test('three hosts keep the ledger', () => {
    const keepers = names.filter((name) => readdirSync(join(directory(name), 'ledger')).includes('ledger.vault'))
    assert.deepEqual(keepers.toSorted(), names.toSorted().slice(0, 3))
  })

  test('a delivery reaches all of them', async () => {
    await project.lockstep(['set', 'AWS_KEY'], { input: 'two' })
    assert.deepEqual(await run('deploy', 0), all('delivered'))
    for (const name of names) {
      assert.match(await valueOn(name, 'aws'), /^AWS_KEY=two$/m)
      assert.match(await valueOn(name, 'db'), /^DB_KEY=of-db$/m)
    }
  })

  test('one with nothing to do writes nothing, and status and audit agree', async () => {
    const was = snapshot()
    assert.deepEqual(await run('deploy', 0), all('kept'))
    assert.deepEqual(await run('status', 0), all('in step'))
    assert.equal((await project.json(['audit'])).status, 0)
    assert.deepEqual(snapshot(), was)
  })

  test('with one of them down the rest are delivered to, it is named, and it comes after', async (t) => {
    fleet.stop(1)
    await project.lockstep(['set', 'AWS_KEY'], { input: 'three' })
    assert.deepEqual(await run('deploy', 10, ['--', '-T', '3']), all('delivered', { host1: 'unreachable' }))
    fleet.start(1)
    assert.match(await valueOn('host1', 'aws'), /^AWS_KEY=two$/m)
    assert.deepEqual(await run('status', 10), all('in step', { host1: 'behind' }))
    const { findings } = JSON.parse(JSON.stringify((await project.json(['audit'])).value))
    assert.deepEqual(
      findings.flatMap((one: Readonly<Record<string, string>>) =>
        one['id'] === 'BEHIND' ? [one['host'], one['message']] : [],
      ),
      ['host1', 'it does not have the project’s AWS_KEY'],
    )
    assert.deepEqual(await run('deploy', 0), all('kept', { host1: 'delivered' }))
    for (const name of names) assert.match(await valueOn(name, 'aws'), /^AWS_KEY=three$/m)
    const was = snapshot()
    assert.deepEqual(await run('deploy', 0), all('kept'))
    assert.deepEqual(snapshot(), was)
    t.diagnostic(took.join(', '))
  })
})
