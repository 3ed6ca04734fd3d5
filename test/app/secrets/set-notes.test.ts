import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { rememberHosts } from '../../../src/app/fleet/known-hosts.ts'
import { aftermathOf, type Aftermath } from '../../../src/app/secrets/set-notes.ts'
import { setSecret, type SetOptions } from '../../../src/app/secrets/set.ts'
import { Secret } from '../../../src/core/secret.ts'
import { projectIn } from '../../support/project.ts'

const containers = 'containers: { api: { hosts: all, groups: [aws], image: x } }\n'

const setting = async (
  t: TestContext,
  options: SetOptions & { readonly manifest?: string; readonly seen?: string; readonly name?: string },
): Promise<Aftermath> => {
  const { manifest = '', seen, name = 'FOO', ...where } = options
  const { ports, project, open } = await projectIn(t, {
    manifest: `project: shop\n${manifest}`,
    secrets: { aws: { K: '1' }, db: { D: '2' } },
  })
  const at = { state: project.paths.state, environment: 'production' }
  if (seen !== undefined) await rememberHosts(ports, at, { [seen]: { python: '3.11' } })
  const before = open()
  await before.metadata()
  return aftermathOf(ports, before, await setSecret(ports, before, { ...where, name, value: new Secret('v') }))
}

test('a new group is told, and one that is nearly another', async (t) => {
  const { newGroups, notes } = await setting(t, { group: 'awz' })
  assert.deepEqual(newGroups, ['awz'])
  assert.deepEqual(notes, [
    'group awz is new; did you mean aws? then: lockstep rm FOO, and lockstep set FOO --group aws',
  ])
  assert.deepEqual(await setting(t, { group: 'payments' }), {
    newGroups: ['payments'],
    notes: [],
    next: 'lockstep setup',
  })
  assert.deepEqual((await setting(t, { group: 'aws' })).newGroups, [])
})

test('where containers are declared, a group that none is given is told', async (t) => {
  assert.match((await setting(t, { manifest: containers, group: 'db' })).notes.join(), /no container is given db/)
  assert.deepEqual((await setting(t, { manifest: containers, group: 'aws' })).notes, [])
})

test('a host that was never seen is told, once hosts were', async (t) => {
  const own = { name: 'K', host: 'onode2' }
  assert.deepEqual((await setting(t, own)).notes, [])
  assert.deepEqual((await setting(t, { ...own, seen: 'onode1' })).notes, [
    'no host onode2 has been seen; did you mean onode1?',
  ])
  assert.deepEqual((await setting(t, { ...own, seen: 'onode2' })).notes, [])
})

test('a change gets to hosts by setup, and once they were seen by deploy', async (t) => {
  assert.equal((await setting(t, { group: 'aws' })).next, 'lockstep setup')
  assert.equal((await setting(t, { group: 'aws', seen: 'onode1' })).next, 'lockstep deploy')
})

test('a cache of hosts that cannot be read does not make a change look undone', async (t) => {
  const { ports, project, open } = await projectIn(t, { secrets: { aws: { K: '1' } } })
  mkdirSync(join(project.paths.state, 'hosts-production.json'), { recursive: true })
  const before = open()
  await before.metadata()
  const changed = await setSecret(ports, before, { name: 'K', value: new Secret('2') })
  assert.equal((await aftermathOf(ports, before, changed)).next, 'lockstep setup')
})
