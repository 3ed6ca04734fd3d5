import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { diagnose } from '../../../src/app/project/doctor.ts'
import type { Diagnosis } from '../../../src/app/project/doctor.ts'
import { knownHosts, rememberHosts } from '../../../src/app/fleet/known-hosts.ts'
import { isAtLeast } from '../../../src/core/health.ts'
import type { Exec, Ports, RunResult } from '../../../src/core/ports.ts'
import { portsIn, projectIn } from '../../support/project.ts'
import { bytesOf, temporary } from '../../support/temporary.ts'

/** Programs by name to what `--version` prints. */
const programs = (versions: Readonly<Record<string, string>>): Exec => ({
  find: async (name) => (name in versions ? name : null),
  run: async (name): Promise<RunResult> => ({
    status: versions[name] === 'fails' ? 1 : 0,
    stdout: bytesOf(`${versions[name]}\n`),
    stderr: '',
  }),
  interactive: () => Promise.reject(new Error('an editor')),
})

const all = { 'ansible-playbook': 'ansible-playbook [core 2.14.18]', ssh: 'x', docker: 'Docker version 27' }

const told = ({ checks }: Diagnosis): readonly string[] =>
  checks.map(({ state, what, says }) => `${state} ${what}: ${says}`)

const diagnosed = (ports: Ports, versions: Readonly<Record<string, string>> = all): Promise<Diagnosis> =>
  diagnose({ ...ports, exec: programs(versions) }, undefined)

test('without a project', async (t) => {
  const root = temporary(t)
  const found = await diagnosed(portsIn(root), {})
  assert.equal(found.next, 'lockstep doctor --install-ansible')
  assert(told(found).includes('wrong ansible: not installed'))
  assert.equal((await diagnosed(portsIn(root))).next, 'lockstep init')
})

test('a project in order', async (t) => {
  const files = { 'inventory/production': 'onode1\n' }
  const { ports, project } = await projectIn(t, { secrets: { app: { KEY: 'x' } }, files })
  await rememberHosts(
    ports,
    { state: project.paths.state, environment: 'production' },
    { onode1: { python: '3.11.2' } },
  )
  const found = await diagnosed(ports)
  assert.deepEqual(
    found.checks.filter(({ state }) => state === 'wrong'),
    [],
  )
  assert(told(found).includes('ok secrets: 1 file, 1 secret, all as recorded'))
  assert(told(found).includes('ok onode1: Python 3.11.2'))
  assert.equal(found.next, 'lockstep status')
})

test('an inventory that Ansible cannot read', async (t) => {
  const { ports } = await projectIn(t, { files: { 'inventory/production': 'onode1 foo\n' } })
  assert(
    told(await diagnosed(ports, { ...all, 'ansible-inventory': 'x' })).includes('ok inventory: inventory/production'),
  )
  const found = await diagnosed(ports, { ...all, 'ansible-inventory': 'fails' })
  assert(told(found).includes('wrong inventory: Ansible cannot read inventory/production'))
  assert.equal(found.next, 'ansible-inventory -i inventory/production --list')
})

test('what comes next: values, then the hosts, then what runs there', async (t) => {
  const files = { 'inventory/production': 'onode1\n' }
  assert.equal((await diagnosed((await projectIn(t, { files })).ports)).next, 'lockstep create')
  const unread = await projectIn(t, { files: { ...files, '.env': 'A=1\n' } })
  assert.equal((await diagnosed(unread.ports)).next, 'lockstep import .env --group app')
  const { ports } = await projectIn(t, { files, secrets: { app: { KEY: 'x' } } })
  assert.equal((await diagnosed(ports)).next, 'lockstep setup')
})

test('a plain file with more than the project has is not to be removed', async (t) => {
  const files = { 'inventory/production': 'onode1\n', '.env': 'KEY=x\nOTHER=y\n' }
  const { ports } = await projectIn(t, { files, secrets: { app: { KEY: 'x' } } })
  const found = (await diagnosed(ports)).checks.filter(({ what }) => what === '.env')
  assert.deepEqual(found, [
    {
      what: '.env',
      state: 'note',
      says: 'plain text, the project does not have OTHER',
      hint: 'lockstep import .env --group app',
    },
  ])
})

test('a wrong password is said to be wrong, be it weak as well', async (t) => {
  const { root, ports } = await projectIn(t)
  writeFileSync(join(root, '.vault-password'), 'hunter2\n')
  const said = told(await diagnosed(ports)).join('\n')
  assert.match(
    said,
    /wrong project password: it does not open secrets\/fingerprint-key: wrong password.*\.vault-password\)/,
  )
  assert.doesNotMatch(said, /too easy/)
})

test('settings that do not lead to the collection, and a file of all groups', async (t) => {
  const { root, ports } = await projectIn(t, {
    secrets: { app: { KEY: 'x' } },
    files: { 'ansible.cfg': '[defaults]\n', 'inventory/production': 'onode1\n' },
  })
  writeFileSync(join(root, 'secrets/all-secrets.env'), 'KEY=x\n')
  const said = told(await diagnosed(ports)).join('\n')
  assert.match(said, /note ansible\.cfg: .*collections_path = \.lockstep/)
  assert.match(said, /note secrets\/all-secrets\.env: .*: rm secrets\/all-secrets\.env/)
})

test('what is wrong is told, each with what to type', async (t) => {
  const manifest = 'project: shop\ngroups: { app: { keys: [KEY, LATER], rotate: { with: person, every: 7d } } }\n'
  const { root, ports, project } = await projectIn(t, {
    manifest,
    secrets: { app: { KEY: 'x' } },
    files: { '.env': 'KEY=x\n' },
  })
  await rememberHosts(ports, { state: project.paths.state, environment: 'production' }, { old: { python: '3.5.1' } })
  const said = told(await diagnosed(ports, { ...all, 'ansible-playbook': 'ansible-playbook 2.9.1' })).join('\n')
  for (const part of [
    /wrong ansible: .*too old/,
    /wrong inventory/,
    /wrong secrets: without a value: LATER/,
    /note \.env: .*KEY/,
    /wrong old: Python 3\.5\.1 is too old/,
  ]) {
    assert.match(said, part)
  }
  chmodSync(join(root, '.vault-password'), 0o640)
  assert((await diagnosed(ports)).checks.some(({ hint }) => hint?.startsWith('chmod 600')))
  chmodSync(join(root, '.vault-password'), 0o600)
  writeFileSync(join(root, 'secrets/app.env'), 'nonsense')
  assert.match(told(await diagnosed(ports)).join('\n'), /wrong secrets: .*secrets\/app\.env/)
  writeFileSync(join(root, 'lockstep.yaml'), 'project: shop\nnonsense: 1\n')
  assert.match(
    told(await diagnosed(ports)).join('\n'),
    /wrong lockstep\.yaml: unknown key nonsense.*lockstep\.yaml:2:1/,
  )
})

test('versions compare by their numbers', () => {
  const oldest = [2, 14]
  assert.deepEqual(
    ['2.14', 'ansible [core 2.14.18]', '2.9.99', '3.0', '2.100', 'none'].map((text) => isAtLeast(text, oldest)),
    [true, true, false, true, true, false],
  )
})

test('hosts are remembered, and a broken memory is an empty one', async (t) => {
  const root = temporary(t)
  const [ports, at] = [portsIn(root), { state: `${root}/.lockstep`, environment: 'production' }]
  await ports.files.makeDirectory(at.state)
  await rememberHosts(ports, at, { b: { python: '3.9' } })
  await rememberHosts(ports, at, { a: { python: '3.6' } })
  assert.deepEqual(await knownHosts(ports, at), { a: { python: '3.6' }, b: { python: '3.9' } })
  writeFileSync(`${at.state}/hosts-production.json`, '{"a": 1}')
  assert.deepEqual(await knownHosts(ports, at), {})
})
