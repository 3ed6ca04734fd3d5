import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { exportSecrets } from '../../../src/app/secrets/export.ts'
import { importSecrets, type Imported, type ImportOptions } from '../../../src/app/secrets/import.ts'
import { Secret } from '../../../src/core/secret.ts'
import { sealVault } from '../../../src/crypto/ansible-vault.ts'
import { wire } from '../../../src/wire.ts'
import { projectIn, type TestProject, testPassword } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { bytesOf } from '../../support/temporary.ts'

const seal = async (text: string, password = testPassword): Promise<string> => {
  const { random } = wire()
  return new TextDecoder().decode(await sealVault(bytesOf(text), new Secret(password), { random }))
}

const importing = (
  { ports, open }: TestProject,
  sources: readonly string[],
  more: Partial<ImportOptions> = {},
): Promise<Imported> => importSecrets(ports, open(), { sources, ...more })

const all = async ({ open }: TestProject): Promise<Record<string, string>> => {
  const { secrets } = await exportSecrets(open(), { format: 'json' })
  return Object.fromEntries(Array.from(secrets, ([name, value]) => [name, value.reveal()]))
}

const manifest = (project: TestProject): string => readFileSync(join(project.root, 'lockstep.yaml'), 'utf8')

const projectWith = (t: TestContext, files: Record<string, string>, text?: string): Promise<TestProject> =>
  projectIn(t, { files, ...(text === undefined ? {} : { manifest: text }) })

test('every kind of file, several at once', async (t) => {
  const indent = (text: string): string => text.replaceAll(/^(?=.)/gm, '    ')
  const project = await projectWith(t, {
    'aws.env': "AWS_KEY=one\nAWS_PEM='a\nb\n'\n",
    'cloud.json': '{"CF_TOKEN": "two", "CF_ZONE": 12345678901234567890, "CF_OLD": null}',
    'sealed.env': await seal('S_KEY=three\n'),
    'sealed.yml': await seal('---\ny_key: four\n'),
    'vars.yml': `plain: 1\ni_key: !vault |\n${indent(await seal('five'))}`,
  })
  const done = await importing(project, ['aws.env', 'cloud.json', 'sealed.env', 'sealed.yml', 'vars.yml'])
  assert.deepEqual(await all(project), {
    AWS_KEY: 'one',
    AWS_PEM: 'a\nb\n',
    CF_TOKEN: 'two',
    CF_ZONE: '12345678901234567890',
    S_KEY: 'three',
    i_key: 'five',
    y_key: 'four',
  })
  assert.deepEqual(
    done.secrets.map(({ name, group }) => `${group}/${name}`),
    ['aws/AWS_KEY', 'aws/AWS_PEM', 'cloud/CF_TOKEN', 'cloud/CF_ZONE', 'sealed/S_KEY', 'sealed/y_key', 'vars/i_key'],
  )
  assert.deepEqual(done.warnings, [
    'aws.env still holds the values: rm aws.env',
    'cloud.json still holds the values: rm cloud.json',
  ])
  assert.equal(manifest(project), 'project: shop\n')
  const again = await importing(project, ['aws.env', 'cloud.json'])
  assert.deepEqual([again.secrets, again.files], [[], []])
})

test('undeclared keys become declared, comments stay', async (t) => {
  const text = 'project: shop # ours\ngroups:\n  aws: { keys: [AWS_KEY] } # cloud\n'
  const project = await projectWith(
    t,
    { '.env.aws': 'AWS_KEY=1\nAWS_NEW=2\n', 'other.env': 'OTHER=3\nAWS_KEY=1\n' },
    text,
  )
  await importing(project, ['.env.aws', 'other.env'])
  assert.match(manifest(project), /# ours\ngroups:\n  aws: \{ keys: \[AWS_KEY, AWS_NEW\] \} # cloud\n  other:/)
  const { secrets } = await exportSecrets(project.open(), { format: 'json', groups: ['aws'] })
  assert.deepEqual(Array.from(secrets.keys()), ['AWS_KEY', 'AWS_NEW'])
})

test('the group: declared, asked for, suggested, or the only one', async (t) => {
  const project = await projectWith(t, { '.env': 'A=1\n', 'x.env': 'B=1\n', 'all-secrets.env': 'C=1\n' })
  const groups = async (...call: Parameters<typeof importing>): Promise<readonly string[]> =>
    (await importing(...call)).secrets.map((one) => one.group)
  assert.deepEqual(await groups(project, ['.env']), ['app'])
  assert.deepEqual(await groups(project, ['all-secrets.env']), ['app'])
  assert.deepEqual(await groups(project, ['x.env'], { group: 'picked' }), ['picked'])
  assert.deepEqual(await groups(project, ['x.env'], { host: 'onode1' }), ['picked'])
  await refusal('CONFLICT', importing(project, ['x.env'], { group: 'app' }))
})

test('two values of one secret are a conflict that names both places and no value', async (t) => {
  const project = await projectWith(t, {
    'a.env': 'X=1\nK=canary1\n',
    'b.json': '{\n "K": "canary2"}',
    'c.env': 'K=canary1\n',
  })
  const error = await refusal('CONFLICT', importing(project, ['a.env', 'b.json']))
  assert.equal(error.message, 'K has one value in a.env:2 and another in b.json:2')
  assert.deepEqual(await all(project), {})
  await importing(project, ['a.env', 'c.env'])
  const stored = await refusal('CONFLICT', importing(project, ['b.json']))
  assert.equal(stored.message, 'K has one value in b.json:2 and another in secrets/a.env')
  await importing(project, ['b.json'], { replace: true })
  assert.equal((await all(project))['K'], 'canary2')
})

test('sealed sources under another password', async (t) => {
  const project = await projectWith(t, { 'old.env': await seal('K=v\n', 'another password') })
  const error = await refusal('TAMPERED', importing(project, ['old.env']))
  assert.match(error.hint ?? '', /--source-password-file/)
  await importing(project, ['old.env'], { passwords: [new Secret('another password')] })
  assert.deepEqual(await all(project), { K: 'v' })
})

test('what cannot be read stops everything', async (t) => {
  const project = await projectWith(t, {
    'good.env': 'A=1\n',
    'bad.env': 'B=$HOME\n',
    'nested.json': '{"A": {}}',
    'binary.env': 'B=\0',
    'empty.env': '# none\n',
    'vars.yml': 'plain: 1\n',
  })
  for (const bad of ['bad.env', 'nested.json', 'binary.env'])
    await refusal('CONFIG', importing(project, ['good.env', bad]))
  await refusal('NOT_FOUND', importing(project, ['good.env', 'missing.env']))
  for (const nothing of ['empty.env', 'vars.yml']) await refusal('USAGE', importing(project, [nothing]))
  assert.deepEqual(await all(project), {})
})

test('sources are removed only when asked, and only after everything is in', async (t) => {
  const project = await projectWith(t, { 'a.env': 'A=1\n', 'b.env': 'A=2\n' })
  await refusal('CONFLICT', importing(project, ['a.env', 'b.env'], { removeSource: true }))
  assert.ok(existsSync(join(project.root, 'a.env')))
  const done = await importing(project, ['a.env'], { removeSource: true })
  assert.deepEqual([done.removed, done.warnings], [['a.env'], []])
  assert.ok(!existsSync(join(project.root, 'a.env')))
  await refusal('USAGE', importing(project, ['secrets/a.env'], { removeSource: true }))
})

test('a plain file that git remembers is told, even when it is gone', async (t) => {
  const project = await projectWith(t, { 'a.env': 'A=1\n' })
  const git = (...args: readonly string[]): void => {
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org']
    execFileSync('git', ['-C', project.root, ...who, ...args], { stdio: 'ignore' })
  }
  git('init', '-q')
  git('add', 'a.env')
  git('commit', '-q', '-m', 'plain')
  const done = await importing(project, ['a.env'], { removeSource: true })
  assert.equal(done.warnings.length, 1)
  assert.match(done.warnings[0] ?? '', /^git history holds a\.env/)
  writeFileSync(join(project.root, 'b.env'), 'B=1\n')
  assert.deepEqual((await importing(project, ['b.env'], { removeSource: true })).warnings, [])
})

test('quotes that docker takes as part of a value are told, and the way to do without them works', async (t) => {
  const project = await projectWith(t, { 'docker.env': 'A="x"\nB=\'y\'\nC="\nD=it"s\n' })
  const first = await importing(project, ['docker.env'], { format: 'docker', group: 'app' })
  assert.match(
    first.warnings[0] ?? '',
    /^the quotes around A, B are part .*: lockstep import docker\.env --format dotenv/,
  )
  assert.doesNotMatch(first.warnings.join(), /\bC\b|\bD\b/)
  const plain = await projectWith(t, { 'docker.env': 'A="x"\n' })
  await importing(plain, ['docker.env'], { format: 'docker', group: 'app' })
  await importing(plain, ['docker.env'], { format: 'dotenv', replace: true })
  assert.deepEqual(await all(plain), { A: 'x' })
})
