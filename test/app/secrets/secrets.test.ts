import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { adoptFile } from '../../../src/app/project/adopt.ts'
import { createSecrets } from '../../../src/app/secrets/create.ts'
import { groupNames } from '../../../src/app/secrets/choose-group.ts'
import { getSecret } from '../../../src/app/secrets/get.ts'
import { listSecrets } from '../../../src/app/secrets/list.ts'
import { removeSecrets } from '../../../src/app/secrets/remove.ts'
import { readValue } from '../../../src/app/secrets/secret-input.ts'
import { setSecret } from '../../../src/app/secrets/set.ts'
import { viewFile, viewInProject } from '../../../src/app/secrets/view.ts'
import { Secret } from '../../../src/core/secret.ts'
import { sealVault } from '../../../src/crypto/ansible-vault.ts'
import { openProject } from '../../../src/app/project/open-project.ts'
import { findProject } from '../../../src/app/project/project.ts'
import { piped, projectIn, testPassword, testTime, typing } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { bytesOf } from '../../support/temporary.ts'

const secrets = { aws: { ID: 'one', KEY: 'two' }, cdn: { TOKEN: 'three' }, 'hosts/onode1/aws': { KEY: 'own' } }
const day = 86_400_000

test('get opens what was asked for and nothing else', async (t) => {
  const { ports, project, open } = await projectIn(t, { secrets })
  assert.equal((await getSecret(open(), 'KEY')).value.reveal(), 'two')
  assert.equal((await getSecret(open(), 'KEY', 'onode1')).value.reveal(), 'own')
  assert.equal((await getSecret(open(), 'ID', 'onode1')).value.reveal(), 'one')
  const read: string[] = []
  const watched: typeof ports.files.read = (path, options) => {
    if (path !== project.pin) read.push(path.slice(project.paths.secrets.length + 1))
    return ports.files.read(path, options)
  }
  await getSecret(openProject({ files: { ...ports.files, read: watched } }, project, new Secret(testPassword)), 'TOKEN')
  assert.deepEqual(read.sort(), ['cdn.env', 'fingerprint-key', 'metadata.yaml'])
  assert.match((await refusal('NOT_FOUND', getSecret(open(), 'TOKN'))).message, /did you mean TOKEN\?/)
})

test('get says why there is no value', async (t) => {
  const manifest = 'project: shop\ngroups: { aws: { keys: [ID, LATER] } }\n'
  const { open } = await projectIn(t, { manifest, secrets: { 'hosts/onode1/aws': { OWN: 'x' } } })
  assert.match((await refusal('NOT_FOUND', getSecret(open(), 'LATER'))).message, /has no value yet/)
  assert.match((await refusal('USAGE', getSecret(open(), 'OWN'))).hint ?? '', /onode1/)
})

test('set finds the group, and declares', async (t) => {
  const manifest = 'project: shop\ngroups:\n  aws: { keys: [ID] }   # cloud\n  cdn: { keys: [TOKEN] }\n'
  const { root, ports, open } = await projectIn(t, { manifest })
  const set = (name: string, group?: string): Promise<{ group: string }> =>
    setSecret(ports, open(), { name, group, value: new Secret('v') })
  assert.equal((await set('TOKEN')).group, 'cdn')
  assert.match((await refusal('USAGE', set('NEW'))).hint ?? '', /aws, cdn/)
  await refusal('CONFLICT', set('TOKEN', 'aws'))
  await refusal('USAGE', set('bad-name'))
  await refusal('USAGE', set('NEW', '../x'))
  await refusal('USAGE', set('NEW', 'all-secrets'))
  const changed = await setSecret(ports, open(), { name: 'NEW', group: 'aws', value: new Secret('v') })
  assert(changed.files.includes('lockstep.yaml'))
  assert.match(readFileSync(join(root, 'lockstep.yaml'), 'utf8'), /aws: \{ keys: \[ID, NEW\] \} {3}# cloud/)
})

test('the first secret of all makes the first group', async (t) => {
  const { ports, open } = await projectIn(t)
  assert.equal((await setSecret(ports, open(), { name: 'KEY', value: new Secret('v') })).group, 'app')
})

test('values by hand and by pipe', async () => {
  const read = async (text: string): Promise<string> => (await readValue(piped(text), 'KEY')).reveal()
  assert.deepEqual(
    [await read('x\n'), await read('x\r\n'), await read('x'), await read('a\nb\n')],
    ['x', 'x', 'x', 'a\nb\n'],
  )
  assert.equal((await readValue(typing('typed'), 'KEY')).reveal(), 'typed')
  for (const ports of [piped(''), piped('\n'), typing('')]) await refusal('USAGE', readValue(ports, 'KEY'))
  assert.equal((await readValue(piped(''), 'KEY', { allowEmpty: true })).reveal(), '')
})

test('rm removes everywhere, or on one host', async (t) => {
  const manifest = 'project: shop\ngroups: { aws: { keys: [ID, KEY] }, cdn: { keys: [TOKEN] } }\n'
  const { root, ports, open } = await projectIn(t, { manifest, secrets })
  assert.equal((await removeSecrets(ports, open(), ['KEY'], { host: 'onode1' })).secrets.length, 1)
  assert.equal((await getSecret(open(), 'KEY', 'onode1')).value.reveal(), 'two')
  await refusal('NOT_FOUND', removeSecrets(ports, open(), ['TOKEN', 'NOPE']))
  assert.equal((await getSecret(open(), 'TOKEN')).value.reveal(), 'three')
  assert.deepEqual((await removeSecrets(ports, open(), ['KEY', 'TOKEN'])).emptied, ['cdn'])
  assert.equal(readFileSync(join(root, 'lockstep.yaml'), 'utf8'), 'project: shop\ngroups: { aws: { keys: [ID] } }\n')
  await refusal('NOT_FOUND', getSecret(open(), 'KEY'))
})

test('rm refuses what a setting names: without it nothing could be rotated, or no alert be sent', async (t) => {
  const manifest = `project: shop
groups:
  db: { keys: [DB_USER, DB_PASSWORD], rotate: { with: postgres, users: [a, b], admin: ADMIN, admin_user: root } }
  operating: { keys: [ADMIN, SIGNING] }
alerts: [{ webhook: "https://example.com/", sign: SIGNING }]
`
  const values = { db: { DB_USER: 'a', DB_PASSWORD: 'b' }, operating: { ADMIN: 'c', SIGNING: 'd' } }
  const { ports, open } = await projectIn(t, { manifest, secrets: values })
  const inUse = await refusal('CONFLICT', removeSecrets(ports, open(), ['DB_USER', 'ADMIN']))
  assert.deepEqual(
    [inUse.message, inUse.hint?.split(';')[0]],
    ['ADMIN is used: rotation of db', 'first name another one in lockstep.yaml'],
  )
  assert.equal(
    (await refusal('CONFLICT', removeSecrets(ports, open(), ['SIGNING']))).message,
    'SIGNING is used: alerts',
  )
  assert.equal((await getSecret(open(), 'ADMIN')).value.reveal(), 'c')
  assert.equal((await removeSecrets(ports, open(), ['DB_USER'])).secrets.length, 1)
})

test('rm keeps a group that a container is given, and says nothing of one that has more', async (t) => {
  const manifest = `project: shop
groups: { aws: { keys: [ID] }, cdn: { keys: [A, B] } }
containers: { api: { hosts: all, groups: [aws], image: x } }
`
  const { root, ports, open } = await projectIn(t, { manifest, secrets: { aws: { ID: '1' }, cdn: { A: '2', B: '3' } } })
  assert.deepEqual((await removeSecrets(ports, open(), ['ID', 'A'])).emptied, [])
  assert.match(readFileSync(join(root, 'lockstep.yaml'), 'utf8'), /aws: \{ keys: \[\] \}, cdn: \{ keys: \[B\] \}/)
})

test('without declared groups an emptied file is no group any more', async (t) => {
  const { ports, open, project } = await projectIn(t, { secrets: { aws: { ID: '1' }, cdn: { A: '2' } } })
  await removeSecrets(ports, open(), ['A'])
  assert.deepEqual(groupNames(project.manifest, await open().metadata()), ['aws'])
})

test('list knows age, what is due and what is missing', async (t) => {
  const manifest = `project: shop
groups:
  aws: { keys: [ID, LATER], rotate: { with: person, every: 7d } }
  ses: { keys: [SESSION], rotate: { with: random, every: 1h, previous: BEFORE } }
`
  const { project, open } = await projectIn(t, {
    manifest,
    secrets: { aws: { ID: 'x', EXTRA: 'y' }, ses: { SESSION: 'z', BEFORE: 'b' } },
  })
  const at = async (now: number): Promise<readonly string[]> =>
    listSecrets(project.manifest, await open().metadata(), now).map(
      ({ name, state, declared }) => `${name} ${state} ${declared}`,
    )
  assert.deepEqual(await at(testTime), [
    'EXTRA fresh false',
    'ID fresh true',
    'LATER missing true',
    'BEFORE fresh true',
    'SESSION fresh true',
  ])
  assert((await at(testTime + 7 * day)).includes('ID due true'))
  assert((await at(testTime + 8 * day)).includes('ID overdue true'))
  assert((await at(testTime + day / 24)).includes('SESSION due true'))
  assert((await at(testTime + 99 * day)).includes('BEFORE fresh true'))
})

const declared = `project: shop
groups:
  aws: { keys: [ID, KEY] }
  ses: { keys: [SESSION], rotate: { with: random, bytes: 24 } }
`

test('create asks for what is missing and makes up what is random', async (t) => {
  const { ports, open } = await projectIn(t, { manifest: declared })
  const created = await createSecrets({ ...ports, ...typing('typed', '') }, open())
  assert.deepEqual([created.generated, created.missing], [['SESSION'], ['KEY']])
  assert.equal((await getSecret(open(), 'ID')).value.reveal(), 'typed')
  assert.equal(Buffer.from((await getSecret(open(), 'SESSION')).value.reveal(), 'base64url').length, 24)
  const again = await createSecrets(ports, open())
  assert.deepEqual([again.secrets, again.generated, again.missing], [[], [], ['KEY']])
})

test('create from a file', async (t) => {
  const { root, ports, open } = await projectIn(t, {
    manifest: declared,
    files: { 'aws.env': 'ID=1\nKEY=2\nEXTRA=3\n' },
  })
  const created = await createSecrets(ports, open(), { from: 'aws.env' })
  assert.deepEqual([created.missing, created.secrets.length], [[], 4])
  assert.match(readFileSync(join(root, 'lockstep.yaml'), 'utf8'), /keys: \[ID, KEY, EXTRA\]/)
  writeFileSync(join(root, 'aws.env'), 'ID=other\n')
  await refusal('CONFLICT', createSecrets(ports, open(), { from: 'aws.env' }))
})

test('create in an empty project asks for names', async (t) => {
  const { ports, open } = await projectIn(t)
  const asking = { ...ports, ...typing('KEY', 'value', '') }
  assert.deepEqual(
    (await createSecrets(asking, open())).secrets.map(({ name, group }) => [name, group]),
    [['KEY', 'app']],
  )
})

test('view opens groups, and any file of ansible-vault', async (t) => {
  const { root, ports, open } = await projectIn(t, { secrets, files: { '.other': 'some other password\n' } })
  const seen = async (target?: string, host: string | null = null): Promise<string> =>
    (await viewInProject(ports, open(), target, host)).text.reveal()
  assert.equal(await seen('aws'), 'ID=one\nKEY=two\n')
  assert.equal(await seen('aws', 'onode1'), 'KEY=own\n')
  assert.equal(await seen('secrets/cdn.env'), 'TOKEN=three\n')
  await refusal('USAGE', seen())
  await refusal('NOT_FOUND', seen('cdn', 'onode1'))
  const other = await sealVault(bytesOf('a: 1\n'), new Secret('some other password'), { random: ports.random })
  writeFileSync(join(root, 'vault.yml'), other)
  assert.equal((await viewFile(ports, 'vault.yml', '.other')).text.reveal(), 'a: 1\n')
  await refusal('TAMPERED', seen('vault.yml'))
  await refusal('TAMPERED', viewFile(ports, 'vault.yml', '.vault-password'))
})

test('adopt accepts what was changed by hand', async (t) => {
  const { root, ports, open, project } = await projectIn(t, { secrets, files: { '.other': 'some other password\n' } })
  const put = async (text: string, password: string, name = 'aws.env'): Promise<void> =>
    writeFileSync(
      join(root, 'secrets', name),
      await sealVault(bytesOf(text), new Secret(password), { random: ports.random }),
    )
  await put('ID=one\nKEY=hand\nNEW=1\n', testPassword)
  assert.match((await refusal('TAMPERED', open().readGroup('aws'))).hint ?? '', /lockstep adopt secrets\/aws\.env/)
  const adopted = await adoptFile(ports, open(), 'secrets/aws.env')
  assert.deepEqual(
    adopted.secrets.map(({ name, what, version }) => [name, what, version]),
    [
      ['KEY', 'changed', 3],
      ['NEW', 'added', 1],
    ],
  )
  assert.deepEqual(adopted.files, ['secrets/metadata.yaml'])
  assert.deepEqual((await adoptFile(ports, open(), 'aws')).files, [])
  await put('OLD=1\n', 'some other password', 'old.env')
  await refusal('TAMPERED', adoptFile(ports, open(), 'secrets/old.env'))
  await adoptFile(ports, open(), 'secrets/old.env', { passwordFile: '.other' })
  writeFileSync(join(root, 'secrets/plain.env'), 'P=1\n')
  await adoptFile(ports, open(), join(root, 'secrets/plain.env'))
  assert.equal((await open().readAll()).length, 5)
  await refusal('USAGE', adoptFile(ports, open(), 'lockstep.yaml'))
  await refusal('NOT_FOUND', adoptFile(ports, open(), 'nothing'))
  assert.equal((await findProject(ports)).root, project.root)
})
