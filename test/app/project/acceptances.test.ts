import assert from 'node:assert/strict'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { changeAcceptances, readAcceptances } from '../../../src/app/project/acceptances.ts'
import { openProject } from '../../../src/app/project/open-project.ts'
import { rekeyProject } from '../../../src/app/project/rekey.ts'
import { sealAcceptances } from '../../../src/crypto/acceptances-mac.ts'
import { sealMetadata } from '../../../src/crypto/metadata-mac.ts'
import type { Acceptance } from '../../../src/core/audit/acceptance.ts'
import { withdraw } from '../../../src/core/audit/acceptance.ts'
import { projectIn } from '../../support/project.ts'

const word: Acceptance = {
  id: 'CONTROL-HOST',
  host: null,
  path: '/opt/shop',
  until: '2027-01-31',
  reason: 'moves in spring',
  by: 'anna',
  at: '2026-11-23T10:00:00Z',
}

test('what was accepted is read back, private, and several at once lose none', async (t) => {
  const { root, ports, open } = await projectIn(t)
  assert.deepEqual(await readAcceptances(ports, open()), { number: 0, accepted: [], problem: null })
  const hosts = ['a', 'b', 'c', 'd']
  await Promise.all(hosts.map((host) => changeAcceptances(ports, open(), (before) => [...before, { ...word, host }])))
  const { accepted, problem } = await readAcceptances(ports, open())
  assert.deepEqual(accepted.map(({ host }) => host).toSorted(), hosts)
  assert.equal(problem, null)
  assert.equal(statSync(join(root, 'secrets/accepted-findings.json')).mode & 0o777, 0o600)
})

test('a file that was changed, is another project’s, or is no such file accepts nothing and is a finding', async (t) => {
  const { root, ports, open } = await projectIn(t)
  await changeAcceptances(ports, open(), () => [word])
  const path = join(root, 'secrets/accepted-findings.json')
  const text = readFileSync(path, 'utf8')
  const other = await projectIn(t)
  await changeAcceptances(other.ports, other.open(), () => [word])
  const foreign = readFileSync(join(other.root, 'secrets/accepted-findings.json'), 'utf8')
  for (const damaged of [text.replace('2027', '2029'), text.replace('moves', 'movEs'), foreign, 'x', '']) {
    writeFileSync(path, damaged)
    const { accepted, problem } = await readAcceptances(ports, open())
    assert.deepEqual(accepted, [])
    assert.equal(problem?.id, 'ACCEPTANCE-VOID')
    assert.equal(problem.path, 'secrets/accepted-findings.json')
  }
})

test('an older file that somebody puts back, or one that is gone, accepts nothing; what is accepted anew holds', async (t) => {
  const { root, ports, open } = await projectIn(t)
  const path = join(root, 'secrets/accepted-findings.json')
  const metadata = join(root, 'secrets/metadata.yaml')
  const before = readFileSync(metadata)
  await changeAcceptances(ports, open(), () => [word])
  const older = readFileSync(path)
  await changeAcceptances(ports, open(), () => [])
  const problem = async (): Promise<string> => {
    const found = await readAcceptances(ports, open())
    assert.deepEqual(found.accepted, [])
    return found.problem?.message ?? ''
  }
  assert.equal(await problem(), '')
  writeFileSync(path, older)
  assert.match(await problem(), /^it is an older one/)
  const marks = `<<<<<<< HEAD\n${older.toString()}=======\n`
  writeFileSync(path, marks)
  assert.match(await problem(), /^git left the marks/)
  rmSync(path)
  assert.match(await problem(), /^it is gone/)
  await changeAcceptances(ports, open(), (given) => withdraw(given, ['all'], null))
  assert.equal(await problem(), '', 'whoever wants nothing accepted says so')
  await changeAcceptances(ports, open(), () => [word])
  assert.deepEqual((await readAcceptances(ports, open())).accepted, [word])
  writeFileSync(metadata, before)
  assert.match(await problem(), /^it is an older one/, 'or was never of this project')
})

test('what was withdrawn is not accepted again by both files of an older commit', async (t) => {
  const { root, ports, open } = await projectIn(t)
  const paths = ['metadata.yaml', 'accepted-findings.json'].map((name) => join(root, 'secrets', name))
  const filesNow = (): readonly Buffer[] => paths.map((path) => readFileSync(path))
  const putBack = (files: readonly Buffer[]): void =>
    paths.forEach((path, index) => writeFileSync(path, files[index] ?? ''))
  await changeAcceptances(ports, open(), () => [word])
  const older = filesNow()
  await changeAcceptances(ports, open(), () => [])
  putBack(older)
  const { accepted, problem } = await readAcceptances(ports, open())
  assert.deepEqual(accepted, [])
  assert.match(problem?.message ?? '', /^it is number 1, and number 2 was seen here/)
  await changeAcceptances(ports, open(), (before) => [...before, { ...word, host: 'a' }])
  assert.deepEqual(await readAcceptances(ports, open()), {
    number: 3,
    accepted: [{ ...word, host: 'a' }],
    problem: null,
  })
  const newer = filesNow()
  await changeAcceptances(ports, open(), () => [word])
  putBack(newer)
  const fresh = { ...ports, machine: { ...ports.machine, home: join(root, 'another') } }
  assert.equal((await readAcceptances(fresh, open())).problem, null, 'who has never seen a newer one')
})

test('a file of before changes were counted holds, until a newer one was seen', async (t) => {
  const { root, ports, project, open } = await projectIn(t)
  await changeAcceptances(ports, open(), () => [word])
  const owner = { project: project.manifest.project, environment: project.environment }
  const key = (await open().keys()).metadata
  const { text, mac } = sealAcceptances(owner, { number: 0, accepted: [word] }, key)
  assert.doesNotMatch(text, /number/)
  writeFileSync(join(root, 'secrets/accepted-findings.json'), text)
  const metadata = { ...(await open().metadata()), accepted: mac }
  writeFileSync(join(root, 'secrets/metadata.yaml'), sealMetadata(metadata, key))
  assert.equal((await readAcceptances(ports, open())).problem?.id, 'ACCEPTANCE-VOID')
  const fresh = { ...ports, machine: { ...ports.machine, home: join(root, 'another') } }
  assert.deepEqual(await readAcceptances(fresh, open()), { number: 0, accepted: [word], problem: null })
})

test('rekey leaves it as it was; a new project key, as when somebody left, voids it', async (t) => {
  const { ports, project, open } = await projectIn(t)
  await changeAcceptances(ports, open(), () => [word])
  const { password } = await rekeyProject(ports, open())
  assert.equal((await readAcceptances(ports, openProject(ports, project, password))).problem, null)
  const again = await rekeyProject(ports, openProject(ports, project, password), { projectKey: true })
  const { accepted, problem } = await readAcceptances(ports, openProject(ports, project, again.password))
  assert.deepEqual(accepted, [])
  assert.match(problem?.message ?? '', /project key is new/)
})
