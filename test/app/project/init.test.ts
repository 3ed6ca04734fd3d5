import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { initProject } from '../../../src/app/project/init.ts'
import type { InitOptions, Initialized } from '../../../src/app/project/init.ts'
import { withProject } from '../../../src/app/project/with-project.ts'
import type { OpenProject } from '../../../src/app/project/open-project.ts'
import { findProject } from '../../../src/app/project/project.ts'
import { Secret } from '../../../src/core/secret.ts'
import { sealVault } from '../../../src/crypto/ansible-vault.ts'
import { portsIn, testPassword } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { bytesOf, temporary } from '../../support/temporary.ts'

const init = (root: string, options: InitOptions = {}): Promise<Initialized> => initProject(portsIn(root), options)

const inside = async <T>(root: string, work: (open: OpenProject) => Promise<T>, environment?: string): Promise<T> => {
  const ports = portsIn(root)
  return withProject(ports, await findProject(ports, { environment }), { action: 'read' }, work)
}

const treeOf = (root: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((path) => statSync(join(root, path)).isFile() && !path.startsWith('.lockstep'))
      .map((path) => [path, readFileSync(join(root, path), 'latin1')]),
  )

test('from nothing', async (t) => {
  const root = join(temporary(t, { 'My Shop/x': '' }), 'My Shop')
  const done = await init(root)
  assert.deepEqual([...done.created].sort(), [
    '.gitattributes',
    '.gitignore',
    '.vault-password',
    'ansible.cfg',
    'ansible/scripts/encrypt-secrets.sh',
    'ansible/scripts/manage-secrets.sh',
    'inventory/production',
    'lockstep.yaml',
    'playbooks/api-deploy.yml',
    'secrets/fingerprint-key',
    'secrets/metadata.yaml',
  ])
  assert.equal((await findProject(portsIn(root))).manifest.project, 'my-shop')
  assert.equal(statSync(join(root, '.vault-password')).mode & 0o777, 0o600)
  assert.equal(statSync(join(root, 'ansible/scripts/manage-secrets.sh')).mode & 0o777, 0o755)
  assert.equal(Buffer.from(readFileSync(join(root, '.vault-password'), 'utf8').trim(), 'base64url').length, 32)
  assert.deepEqual(await inside(root, (open) => open.readAll()), [])
})

test('a second run finds nothing to do', async (t) => {
  const root = temporary(t, { '.env': 'A=1\n' })
  await init(root)
  const before = treeOf(root)
  const again = await init(root)
  assert.deepEqual([again.created, again.notes], [[], []])
  assert.deepEqual(treeOf(root), before)
})

test('what is there is adopted, and keeps its bytes', async (t) => {
  const tree = {
    'ansible.cfg': '[defaults]\ninventory = hosts.ini ; ours\nvault_password_file = .pw\n',
    'hosts.ini': '[api]\nonode1\n',
    '.env': '# mine\nA=1\nB="two words"\n',
    'cdn.env': 'TOKEN=x\n',
    'broken.env': 'X=$(whoami)\n',
    'twice.env': 'A=other\n',
    '.pw': `${testPassword}\n`,
    '.gitignore': 'node_modules\n',
    'lockstep.md': 'not ours',
  }
  const root = temporary(t, tree)
  const random = portsIn(root).random
  mkdirSync(join(root, 'secrets'))
  const sealed = await sealVault(bytesOf('AWS=k\n'), new Secret(testPassword), { random })
  writeFileSync(join(root, 'secrets/aws.env'), sealed)
  writeFileSync(join(root, 'secrets/plain.env'), 'P=1\n')
  const done = await init(root, { project: 'shop' })
  const after = treeOf(root)
  for (const [path, text] of Object.entries(tree)) if (path !== '.gitignore') assert.equal(after[path], text, path)
  assert.equal(after['secrets/aws.env'], Buffer.from(sealed).toString('latin1'))
  assert.equal(after['secrets/plain.env'], 'P=1\n')
  assert.match(after['.gitignore'] ?? '', /^node_modules\n\.vault-password\n/)
  assert.deepEqual(done.adopted, [
    { path: 'ansible.cfg', as: 'settings of Ansible' },
    { path: 'hosts.ini', as: 'inventory' },
    { path: '.pw', as: 'project password' },
    { path: 'secrets/aws.env', as: 'group aws' },
    { path: '.env', as: 'copied into group app' },
    { path: 'cdn.env', as: 'copied into group cdn' },
  ])
  assert.deepEqual(
    done.notes.map((note) => note.split(' ')[0]),
    ['secrets/plain.env', 'broken.env', 'twice.env', 'what', 'playbooks'],
  )
  assert(!done.created.includes('inventory/production') && !done.created.includes('.vault-password'))
  const { manifest } = await findProject(portsIn(root))
  assert.deepEqual(
    manifest.groups.map(({ name, keys }) => [name, keys]),
    [
      ['aws', ['AWS']],
      ['app', ['A', 'B']],
      ['cdn', ['TOKEN']],
    ],
  )
  const app = await inside(root, (open) => open.readGroup('app'))
  assert.equal(app?.text.reveal(), tree['.env'])
})

test('a manifest that is there is kept to the byte', async (t) => {
  const manifest = '# mine\nproject:   shop\npassword: [printf, "%s", vKq3-Zr8w_Tt5Yx0Lm2Nb7Pc4Hs9Dg6Jf1Wa_Xe-Qu]\n'
  const root = temporary(t, { 'lockstep.yaml': manifest, '.env': 'A=1\n' })
  const done = await init(root)
  assert(!done.created.includes('lockstep.yaml') && !done.created.includes('.vault-password'))
  assert.equal(readFileSync(join(root, 'lockstep.yaml'), 'utf8'), manifest)
})

test('another environment', async (t) => {
  const root = temporary(t, { '.env': 'A=1\n', '.env.staging': 'A=2\n', 'inventory/production': 'live\n' })
  await init(root, { project: 'shop' })
  const done = await init(root, { environment: 'staging' })
  assert.deepEqual([...done.created].sort(), [
    '.gitignore',
    '.vault-password.staging',
    'environments/staging/secrets/app.env',
    'environments/staging/secrets/fingerprint-key',
    'environments/staging/secrets/metadata.yaml',
    'inventory/staging',
    'lockstep.yaml',
  ])
  assert.deepEqual(done.adopted, [{ path: '.env.staging', as: 'copied into group app' }])
  const read = (environment?: string): Promise<string | undefined> =>
    inside(root, async (open) => (await open.readGroup('app'))?.values.get('A')?.reveal(), environment)
  assert.deepEqual([await read(), await read('staging')], ['1', '2'])
})

test('a weak password that is there is refused, and nothing is made', async (t) => {
  const root = temporary(t, { '.vault-password': 'hunter2\n' })
  await refusal('UNSAFE', init(root, { project: 'shop' }))
  assert.deepEqual(Object.keys(treeOf(root)), ['.vault-password'])
})

test('a directory whose name cannot be a project’s', async (t) => {
  const root = join(temporary(t, { '★/x': '' }), '★')
  assert.match((await refusal('USAGE', init(root))).hint ?? '', /--project/)
})

test('the scripts hand over to lockstep, from anywhere', async (t) => {
  const root = temporary(t, { 'sub/x': '', 'node_modules/.bin/lockstep': '#!/bin/sh\necho "$PWD" "$@"\n' })
  chmodSync(join(root, 'node_modules/.bin/lockstep'), 0o755)
  await init(root, { project: 'shop' })
  const script = (name: string): string => join(root, 'ansible/scripts', name)
  const run = (name: string, args: readonly string[], cwd: string): string =>
    execFileSync(script(name), args, { cwd, encoding: 'utf8' }).trim()
  assert.equal(
    run('encrypt-secrets.sh', ['create', '--from', 'a b'], join(root, 'sub')),
    `${root}/sub create --from a b`,
  )
  assert.equal(
    run('manage-secrets.sh', ['rotate', '--hosts', 'onode1', '--check'], '/'),
    `${root} rotate --hosts onode1 --check`,
  )
  assert.equal(spawnSync(script('manage-secrets.sh'), ['destroy']).status, 2)
})

test('the scripts find lockstep where PATH, as that of cron, does not lead to it', async (t) => {
  const root = temporary(t, {
    'home/.local/bin/lockstep': '#!/bin/sh\necho local "$@"\n',
    'other/lockstep': '#!/bin/sh\necho other "$@"\n',
  })
  await init(root, { project: 'shop' })
  for (const path of ['home/.local/bin/lockstep', 'other/lockstep']) chmodSync(join(root, path), 0o755)
  const script = join(root, 'ansible/scripts/manage-secrets.sh')
  const run = (env: NodeJS.ProcessEnv): { status: number | null; said: string } => {
    const { status, stdout, stderr } = spawnSync(script, ['audit', '--quiet'], { env, cwd: '/', encoding: 'utf8' })
    return { status, said: stdout + stderr }
  }
  const PATH = '/usr/bin:/bin'
  const HOME = join(root, 'home')
  assert.deepEqual(run({ PATH, HOME }), { status: 0, said: 'local audit --quiet\n' })
  assert.deepEqual(run({ PATH, HOME, LOCKSTEP_PROGRAM: join(root, 'other/lockstep') }), {
    status: 0,
    said: 'other audit --quiet\n',
  })
  assert.deepEqual(run({ PATH: `${root}/other:${PATH}`, HOME }), { status: 0, said: 'other audit --quiet\n' })
  if (existsSync('/usr/local/bin/lockstep')) return
  const nowhere = run({ PATH })
  assert.equal(nowhere.status, 127)
  assert.match(nowhere.said, /^error: no lockstep on PATH \(\/usr\/bin:\/bin\).*\n  hint: ln -s .*LOCKSTEP_PROGRAM=/)
})
