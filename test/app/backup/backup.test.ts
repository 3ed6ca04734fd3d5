import assert from 'node:assert/strict'
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { keyringOf } from '../../../src/app/backup/backup-keyring.ts'
import { makeBackup, planBackup } from '../../../src/app/backup/make-backup.ts'
import { planPruneHere, pruneHere } from '../../../src/app/backup/prune.ts'
import { rememberVerified, verifyHere, type VerifiedHere } from '../../../src/app/backup/verify-here.ts'
import { readList } from '../../../src/app/backup/backup-store.ts'
import { makeRecovery } from '../../../src/app/backup/recovery-identity.ts'
import { rekeyProject } from '../../../src/app/project/rekey.ts'
import { openProject } from '../../../src/app/project/open-project.ts'
import { changeProject } from '../../../src/app/project/change-project.ts'
import type { Ports } from '../../../src/core/ports.ts'
import { Secret } from '../../../src/core/secret.ts'
import { openArchive } from '../../../src/crypto/backup-archive.ts'
import { backupProject, recoveryKey, type BackupProject } from '../../support/backups.ts'
import { projectIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { bytesOf } from '../../support/temporary.ts'

const keys = [new Secret(recoveryKey)]

const verify = async ({ ports, project, open }: BackupProject): Promise<VerifiedHere> =>
  verifyHere(ports, project, keyringOf(await open().keys()))

const kinds = ({ problems }: VerifiedHere): readonly string[] => problems.map(({ kind, name }) => `${kind} ${name}`)

test('a backup has all of the project, sealed, private, listed and ignored by git', async (t) => {
  const made = await backupProject(t, {
    files: { 'playbooks/x.yml': '- hosts: all\n', 'ansible/x.pyc': 'x', 'notes.txt': 'x' },
  })
  const { listed } = await made.backup()
  assert.equal(listed.name, 'shop-20251122T150100Z-0001.backup')
  const path = join(made.root, 'backups', listed.name)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.equal(readFileSync(join(made.root, 'backups/.gitignore'), 'utf8'), '*\n')
  const opened = await openArchive(readFileSync(path), keys, { at: 'x' })
  assert.deepEqual(
    opened?.contents.files.map((file) => file.path),
    [
      'password',
      'project/lockstep.yaml',
      'project/playbooks/x.yml',
      'project/secrets/aws.env',
      'project/secrets/fingerprint-key',
      'project/secrets/hosts/onode1/db.env',
      'project/secrets/metadata.yaml',
    ],
  )
  assert.deepEqual([opened?.contents.number, opened?.contents.before], [1, null])
  assert.ok(!readFileSync(path).includes('value-1'))
})

test('the same project at the same moment gives the same list of contents', async (t) => {
  const { ports, open } = await backupProject(t)
  const [a, b] = await Promise.all([planBackup(ports, open()), planBackup(ports, open())])
  assert.deepEqual(a.contents, b.contents)
  assert.deepEqual(
    a.collected.files.map(({ bytes }) => bytes),
    b.collected.files.map(({ bytes }) => bytes),
  )
})

test('without a recovery identity nothing is made, and the way to one is told', async (t) => {
  const { ports, open, root } = await projectIn(t, { secrets: { aws: { A: '1' } } })
  assert.match((await refusal('USAGE', planBackup(ports, open()))).hint ?? '', /lockstep backup recovery/)
  assert.ok(!existsSync(join(root, 'backups')))
})

test('a project that is not as its metadata say is not backed up', async (t) => {
  const made = await backupProject(t)
  rmSync(join(made.root, 'secrets/aws.env'))
  await refusal('TAMPERED', made.backup())
  assert.ok(!existsSync(join(made.root, 'backups')))
})

test('a backup that was not read back is not listed as verified', async (t) => {
  const made = await backupProject(t)
  const { files } = made.ports
  const broken: Ports = {
    ...made.ports,
    files: {
      ...files,
      read: async (path, options) => (path.endsWith('.backup') ? bytesOf('x') : files.read(path, options)),
    },
  }
  await refusal('TAMPERED', makeBackup(broken, made.open()))
  const keyring = keyringOf(await made.open().keys())
  const listed = async (): Promise<readonly unknown[]> =>
    (await readList(made.ports, made.project, keyring)).backups.map(({ number, verified }) => [number, verified])
  assert.deepEqual(await listed(), [[1, null]])
  await made.backup()
  assert.deepEqual(await listed(), [
    [1, null],
    [2, '2025-11-22T15:01:00Z'],
  ])
})

test('links and passing files are left out, and links are told', async (t) => {
  const made = await backupProject(t, { files: { 'playbooks/a.yml': 'x', 'playbooks/.a.yml.swp': 'x' } })
  symlinkSync('/etc/hostname', join(made.root, 'playbooks/link'))
  const { contents, notes } = await made.backup()
  assert.ok(!contents.some((path) => /swp|link/.test(path)))
  assert.deepEqual(notes, ['playbooks/link: a link, not kept'])
})

test('each backup names the one before it, and all verify', async (t) => {
  const made = await backupProject(t)
  const first = await made.backup()
  await changeProject(made.ports, made.open(), {
    writes: [{ group: 'aws', host: null, name: 'NEW', value: new Secret('x') }],
  })
  const second = await made.backup()
  const opened = await openArchive(second.bytes, keys, { at: 'x' })
  assert.deepEqual(opened?.contents.before, { number: 1, digest: first.listed.digest })
  const found = await verify(made)
  assert.deepEqual(
    found.archives.map(({ state }) => state),
    ['verified', 'verified'],
  )
  assert.deepEqual(found.problems, [])
  const { backups } = await rememberVerified(made.ports, made.project, keyringOf(await made.open().keys()), {
    good: found.good,
    damage: (before) => before,
  })
  assert.deepEqual(
    backups.map(({ verified }) => verified),
    ['2025-11-22T15:02:00Z', '2025-11-22T15:02:00Z'],
  )
})

test('every byte that is changed in an archive is found', async (t) => {
  const made = await backupProject(t, { secrets: { aws: { A: '1' } } })
  const { listed, bytes } = await made.backup()
  const path = join(made.root, 'backups', listed.name)
  // by the list, whatever the byte
  for (const at of [0, 100, bytes.length >> 1, bytes.length - 1]) {
    writeFileSync(path, flipped(bytes, at), { mode: 0o600 })
    assert.deepEqual(kinds(await verify(made)), [`changed ${listed.name}`])
  }
  // and by the archive alone, as who has only the recovery identity would
  for (let at = 0; at < bytes.length; at++) {
    const opened = await openArchive(flipped(bytes, at), keys, { at: 'x' }).catch((error: unknown) => error)
    assert.ok(opened === null || opened instanceof Error, `a changed byte at ${at} was not found`)
  }
  for (let length = 0; length < bytes.length; length += 7) {
    const opened = await openArchive(bytes.subarray(0, length), keys, { at: 'x' }).catch((error: unknown) => error)
    assert.ok(opened === null || opened instanceof Error, `cut to ${length} was not found`)
  }
})

const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, (bytes[at] ?? 0) ^ (1 << (at % 8)))

test('missing, extra, renamed, swapped and replaced archives are told as that', async (t) => {
  const made = await backupProject(t)
  const [one, two] = [(await made.backup()).listed.name, (await made.backup()).listed.name]
  const path = (name: string): string => join(made.root, 'backups', name)
  renameSync(path(one), path('x'))
  assert.deepEqual(kinds(await verify(made)), [`renamed ${one}`])
  renameSync(path(two), path(one))
  renameSync(path('x'), path(two))
  assert.deepEqual(kinds(await verify(made)), [`swapped ${one}`, `swapped ${two}`])
  writeFileSync(path(one), readFileSync(path(two)))
  assert.deepEqual(kinds(await verify(made)), [`swapped ${two}`])
  writeFileSync(path('shop-20250101T000000Z-0009.backup'), 'x', { mode: 0o600 })
  rmSync(path(one))
  assert.deepEqual(
    kinds(await verify(made)),
    [`swapped ${two}`, `missing ${one}`, 'extra shop-20250101T000000Z-0009.backup'].sort((a) =>
      a.startsWith('missing') ? -1 : 1,
    ),
  )
})

test('archives of another project, and a list that was changed, are refused', async (t) => {
  const made = await backupProject(t)
  const { listed } = await made.backup()
  const list = join(made.root, 'backups/list.json')
  const text = readFileSync(list, 'utf8')
  for (const changed of [
    text.replace('"number": 1', '"number": 2'),
    text.replace(listed.digest, 'f'.repeat(64)),
    text.replace(/"verified": "[^"]*"/, '"verified": null'),
  ]) {
    assert.notEqual(changed, text)
    writeFileSync(list, changed)
    await refusal('TAMPERED', verify(made))
  }
  const other = await backupProject(t)
  await other.backup()
  writeFileSync(list, readFileSync(join(other.root, 'backups/list.json')))
  await refusal('TAMPERED', verify(made))
})

test('backups that somebody put back, list and all, are told from outside the project', async (t) => {
  const made = await backupProject(t)
  await made.backup()
  const list = readFileSync(join(made.root, 'backups/list.json'))
  const { listed } = await made.backup()
  writeFileSync(join(made.root, 'backups/list.json'), list)
  rmSync(join(made.root, 'backups', listed.name))
  assert.deepEqual(kinds(await verify(made)), ['rolled back the list of backups'])
  assert.equal((await made.backup()).listed.number, 3)
})

test('a new password leaves backups open to us, four new project keys leave them to the recovery identity', async (t) => {
  const made = await backupProject(t)
  await made.backup()
  const rekey = async (projectKey: boolean): Promise<void> => {
    const password = new Secret(readFileSync(join(made.root, '.vault-password'), 'utf8').trim())
    await rekeyProject(made.ports, openProject(made.ports, made.project, password), { projectKey })
  }
  const states = async (): Promise<readonly string[]> => {
    const password = new Secret(readFileSync(join(made.root, '.vault-password'), 'utf8').trim())
    const found = await verifyHere(
      made.ports,
      made.project,
      keyringOf(await openProject(made.ports, made.project, password).keys()),
    )
    return found.archives.map(({ state }) => state)
  }
  await rekey(false)
  assert.deepEqual(await states(), ['verified'])
  for (let i = 0; i < 3; i++) {
    await rekey(true)
    assert.deepEqual(await states(), ['verified'], `after ${i + 1}`)
  }
  await rekey(true)
  assert.deepEqual(await states(), ['recovery only'])
})

test('prune with a corrupt newest keeps the older one that verifies', async (t) => {
  const made = await backupProject(t)
  const names = [await made.backup(), await made.backup(), await made.backup()].map(({ listed }) => listed.name)
  const [first = '', second = '', third = ''] = names
  const keyring = keyringOf(await made.open().keys())
  writeFileSync(join(made.root, 'backups', third), 'x', { mode: 0o600 })
  const plan = await planPruneHere(made.ports, made.project, keyring, { keep: 1 })
  assert.deepEqual([plan.remove, plan.spared], [[first], second])
  assert.ok(existsSync(join(made.root, 'backups', first)), 'a plan removes nothing')
  await pruneHere(made.ports, made.project, keyring, plan)
  assert.deepEqual(
    readdirSync(join(made.root, 'backups')).filter((name) => name.endsWith('.backup')),
    [second, third],
  )
  assert.deepEqual(
    (await readList(made.ports, made.project, keyring)).backups.map(({ name }) => name),
    [second, third],
  )
  await refusal('USAGE', planPruneHere(made.ports, made.project, keyring, { keep: 0 }))
})

test('who renews the recovery identity after a leaver is told, and who does not', async (t) => {
  const made = await backupProject(t)
  assert.deepEqual((await made.backup()).notes, [])
  const { password } = await rekeyProject(made.ports, made.open(), { projectKey: true })
  const open = openProject(made.ports, made.project, password)
  assert.match((await planBackup(made.ports, open)).notes.join(), /somebody has left .* --renew/)
  await refusal('CONFLICT', makeRecovery(made.ports, open, { to: '/x', split: null, renew: false }))
})
