import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { changeProject } from '../../../src/app/project/change-project.ts'
import { openProject } from '../../../src/app/project/open-project.ts'
import { addOperator, listOperators, removeOperator } from '../../../src/app/project/operators.ts'
import { projectPassword } from '../../../src/app/project/project-password.ts'
import { rekeyProject } from '../../../src/app/project/rekey.ts'
import { Secret } from '../../../src/core/secret.ts'
import { openVault } from '../../../src/crypto/ansible-vault.ts'
import { openAge, readIdentities } from '../../../src/crypto/age.ts'
import { projectIn, testPassword, type TestProject } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { textOf } from '../../support/temporary.ts'

const vector = (name: string): string => readFileSync(resolve(import.meta.dirname, '../../vectors/age', name), 'utf8')
const strong = 'Qm4_tY8-wZ1xKs7Rb2Vn5Gh0Jd3Lf6Pc9Ta-Eo_UiXk'
const secrets = {
  aws: { AWS_KEY: 'one', AWS_PEM: 'a\nb\n' },
  app: { TOKEN: 'two' },
  'hosts/onode1/aws': { AWS_KEY: 'own' },
}
const sealedPaths = ['secrets/app.env', 'secrets/aws.env', 'secrets/hosts/onode1/aws.env', 'secrets/fingerprint-key']

const read = ({ root }: TestProject, path: string): Buffer => readFileSync(join(root, path))

const values = async (project: TestProject, password: Secret): Promise<Record<string, string>> => {
  const files = await openProject(project.ports, project.project, password).readAll()
  return Object.fromEntries(
    files.flatMap((file) => Array.from(file.values, ([name, value]) => [`${file.path} ${name}`, value.reveal()])),
  )
}

test('everything opens with the new password and nothing with the old one', async (t) => {
  const project = await projectIn(t, { secrets })
  const old = new Secret(testPassword)
  const before = await values(project, old)
  const metadata = read(project, 'secrets/metadata.yaml')
  const done = await rekeyProject(project.ports, project.open())
  assert.deepEqual(await values(project, done.password), before)
  assert.deepEqual(await projectPassword(project.ports, project.project), done.password)
  for (const path of sealedPaths) {
    await refusal('TAMPERED', openVault(read(project, path), old))
    await openVault(read(project, path), done.password)
  }
  assert.deepEqual([...done.files].sort(), [...sealedPaths, '.vault-password'].sort())
  assert.deepEqual(read(project, 'secrets/metadata.yaml'), metadata, 'versions and fingerprints are what they were')
  assert.equal(statSync(join(project.root, '.vault-password')).mode & 0o777, 0o600)
  assert.deepEqual(done.secrets.map(({ name }) => name).sort(), ['AWS_KEY', 'AWS_KEY', 'AWS_PEM', 'TOKEN'])
})

test('a mode that was too wide is tightened', async (t) => {
  const project = await projectIn(t, { secrets })
  chmodSync(join(project.root, 'secrets/aws.env'), 0o644)
  await rekeyProject(project.ports, project.open())
  assert.equal(statSync(join(project.root, 'secrets/aws.env')).mode & 0o777, 0o600)
})

test('a password of the person’s own: strong, and not the old one', async (t) => {
  const project = await projectIn(t, { secrets })
  await refusal('UNSAFE', rekeyProject(project.ports, project.open(), { password: new Secret('hunter2') }))
  await refusal('USAGE', rekeyProject(project.ports, project.open(), { password: new Secret(testPassword) }))
  const done = await rekeyProject(project.ports, project.open(), { password: new Secret(strong) })
  assert.equal(done.password.reveal(), strong)
  assert.equal(read(project, '.vault-password').toString(), `${strong}\n`)
})

test('a password that comes from elsewhere has to be given', async (t) => {
  const project = await projectIn(t, { secrets, manifest: 'project: shop\npassword: { command: [pass, shop] }\n' })
  const error = await refusal('USAGE', rekeyProject(project.ports, project.open()))
  assert.match(error.hint ?? '', /--new-password-file/)
  const done = await rekeyProject(project.ports, project.open(), { password: new Secret(strong) })
  assert.equal(done.elsewhere, 'password: in lockstep.yaml')
})

test('one damaged file stops everything', async (t) => {
  const project = await projectIn(t, { secrets })
  const all = [...sealedPaths, '.vault-password']
  writeFileSync(join(project.root, 'secrets/app.env'), read(project, 'secrets/aws.env'))
  const before = all.map((path) => read(project, path))
  await refusal('TAMPERED', rekeyProject(project.ports, project.open()))
  assert.deepEqual(
    all.map((path) => read(project, path)),
    before,
  )
})

test('a new project key gives new fingerprints, and keeps versions', async (t) => {
  const project = await projectIn(t, { secrets })
  await changeProject(project.ports, project.open(), {
    writes: [
      { group: 'app', name: 'TOKEN', value: new Secret('three') },
      { group: 'app', name: 'GONE', value: new Secret('x') },
    ],
  })
  await changeProject(project.ports, project.open(), { writes: [{ group: 'app', name: 'GONE', value: null }] })
  const before = (await project.open().metadata()).files.get('app.env')
  const done = await rekeyProject(project.ports, project.open(), { projectKey: true })
  const after = (await openProject(project.ports, project.project, done.password).metadata()).files.get('app.env')
  const [old, renewed] = [before?.get('TOKEN'), after?.get('TOKEN')]
  assert.ok(old !== undefined && renewed !== undefined && old.fingerprint !== renewed.fingerprint)
  assert.deepEqual([renewed.version, renewed.set, after?.get('GONE')?.fingerprint], [2, old.set, null])
  assert.equal(Object.keys(await values(project, done.password)).length, 4)
})

const opened = async (project: TestProject, name: string, kind: string): Promise<string | null> => {
  const at = `secrets/operators/${name}.age`
  const file = read(project, at)
  return textOf(await openAge(file, readIdentities(new Secret(vector(kind)), { at }), { at }))
}

test('operators get the password, each in a file of their own', async (t) => {
  const project = await projectIn(t, { secrets })
  const add = (name: string, kind: string): ReturnType<typeof addOperator> =>
    addOperator(project.ports, project.open(), { name, recipient: vector(`${kind}.pub`) })
  assert.equal((await add('anna', 'ssh-ed25519')).added, true)
  assert.equal((await add('ben', 'native')).added, true)
  assert.equal(await opened(project, 'anna', 'ssh-ed25519'), `${testPassword}\n`)
  const before = [read(project, 'secrets/operators/anna.age'), read(project, 'secrets/metadata.yaml')]
  assert.equal((await add('anna', 'ssh-ed25519')).added, false)
  assert.deepEqual([read(project, 'secrets/operators/anna.age'), read(project, 'secrets/metadata.yaml')], before)
  await refusal('CONFLICT', add('anna', 'native'))
  await refusal('USAGE', add('../anna', 'native'))
  const listed = await listOperators(project.open())
  const keys = [vector('ssh-ed25519.pub').split(' ').slice(0, 2).join(' '), vector('native.pub').trim()]
  assert.deepEqual(
    listed.map(({ name, recipient }) => [name, recipient]),
    [
      ['anna', keys[0]],
      ['ben', keys[1]],
    ],
  )
  const done = await rekeyProject(project.ports, project.open())
  for (const [name, kind] of [
    ['anna', 'ssh-ed25519'],
    ['ben', 'native'],
  ] as const) {
    assert.equal(await opened(project, name, kind), `${done.password.reveal()}\n`)
  }
})

test('who is removed gets nothing new, and what they could read is listed', async (t) => {
  const project = await projectIn(t, { secrets })
  for (const [name, kind] of [
    ['anna', 'ssh-ed25519'],
    ['ben', 'native'],
  ] as const) {
    await addOperator(project.ports, project.open(), { name, recipient: vector(`${kind}.pub`) })
  }
  const fingerprint = (await project.open().metadata()).files.get('app.env')?.get('TOKEN')?.fingerprint
  await refusal('NOT_FOUND', removeOperator(project.ports, project.open(), { name: 'bem' }))
  const done = await removeOperator(project.ports, project.open(), { name: 'ben' })
  assert.ok(!existsSync(join(project.root, 'secrets/operators/ben.age')))
  assert.equal(await opened(project, 'anna', 'ssh-ed25519'), `${done.password.reveal()}\n`)
  const metadata = await openProject(project.ports, project.project, done.password).metadata()
  assert.deepEqual(Array.from(metadata.operators.keys()), ['anna'])
  assert.notEqual(metadata.files.get('app.env')?.get('TOKEN')?.fingerprint, fingerprint)
  assert.equal(done.secrets.length, 4)
})

test('the last one with the password cannot be removed', async (t) => {
  const project = await projectIn(t, { secrets })
  await addOperator(project.ports, project.open(), { name: 'anna', recipient: vector('native.pub') })
  await project.ports.files.remove(join(project.root, '.vault-password'))
  await refusal('UNSAFE', removeOperator(project.ports, project.open(), { name: 'anna' }))
})
