import assert from 'node:assert/strict'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { changeProject } from '../../../src/app/project/change-project.ts'
import { withProject } from '../../../src/app/project/with-project.ts'
import { findProject } from '../../../src/app/project/project.ts'
import { projectPassword } from '../../../src/app/project/project-password.ts'
import { isoTime } from '../../../src/core/duration.ts'
import { SecretsError } from '../../../src/core/errors.ts'
import { Secret } from '../../../src/core/secret.ts'
import { sealVault } from '../../../src/crypto/ansible-vault.ts'
import { portsIn, projectIn, testPassword, testTime, typing } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { bytesOf, temporary } from '../../support/temporary.ts'

const secrets = { aws: { ID: 'one', KEY: 'two' }, cdn: { TOKEN: 'three' }, 'hosts/onode1/aws': { KEY: 'own' } }

test('a project is found from below', async (t) => {
  const root = temporary(t, { 'lockstep.yaml': 'project: shop\n', 'a/b/x': '' })
  const project = await findProject(portsIn(join(root, 'a/b')))
  assert.deepEqual([project.root, project.manifest.project, project.paths.secretsName], [root, 'shop', 'secrets'])
  await refusal('NOT_FOUND', findProject(portsIn('/')))
  chmodSync(join(root, 'lockstep.yaml'), 0o666)
  assert.match((await refusal('UNSAFE', findProject(portsIn(root)))).hint ?? '', /chmod o-w/)
})

test('somebody else’s manifest is refused', async (t) => {
  const root = temporary(t, { 'lockstep.yaml': 'project: shop\npassword: [touch, /tmp/owned]\n' })
  const ports = portsIn(root)
  const stat: typeof ports.files.stat = async (path) => {
    const facts = await ports.files.stat(path)
    return facts === null ? null : { ...facts, uid: 4242 }
  }
  await refusal('UNSAFE', findProject({ ...ports, files: { ...ports.files, stat } }))
})

test('an environment has files and a password of its own', async (t) => {
  const root = temporary(t, { 'lockstep.yaml': 'project: shop\nenvironments: { staging: {} }\n' })
  const { paths } = await findProject(portsIn(root), { environment: 'staging' })
  assert.equal(paths.secretsName, 'environments/staging/secrets')
  assert.equal(paths.password, join(root, '.vault-password.staging'))
  await refusal('USAGE', findProject(portsIn(root), { environment: 'stagin' }))
})

test('what is written is read back, checked', async (t) => {
  const { open } = await projectIn(t, { secrets })
  const group = await open().readGroup('aws')
  assert.deepEqual(
    Array.from(group?.values ?? [], ([name, value]) => [name, value.reveal()]),
    [
      ['ID', 'one'],
      ['KEY', 'two'],
    ],
  )
  assert.equal((await open().readGroup('aws', 'onode1'))?.values.get('KEY')?.reveal(), 'own')
  assert.equal(await open().readGroup('nope'), null)
  assert.deepEqual(
    (await open().readAll()).map((file) => file.path),
    ['aws.env', 'cdn.env', 'hosts/onode1/aws.env'],
  )
  const { files } = await open().metadata()
  assert.deepEqual(files.get('aws.env')?.get('ID'), {
    version: 1,
    set: isoTime(testTime),
    rotated: null,
    fingerprint: files.get('aws.env')?.get('ID')?.fingerprint,
    before: null,
  })
  assert.deepEqual(await open().guessPaths('KEY'), ['aws.env', 'hosts/onode1/aws.env'])
})

test('each write makes a version; the same value makes nothing', async (t) => {
  const { root, ports, open } = await projectIn(t, { secrets: { aws: { KEY: 'two' } } })
  const write = (value: string | null, version: number | null = null): ReturnType<typeof changeProject> => {
    const at = isoTime(testTime)
    const given = version === null ? {} : { record: { version, set: at, rotated: at } }
    return changeProject(ports, open(), {
      writes: [{ group: 'aws', name: 'KEY', value: value === null ? null : new Secret(value), ...given }],
    })
  }
  assert.deepEqual(await write('two'), { secrets: [], files: [] })
  assert.deepEqual((await write('four', 2)).secrets, [
    { name: 'KEY', group: 'aws', host: null, what: 'changed', version: 2 },
  ])
  assert.deepEqual(await write('four', 2), { secrets: [], files: [] })
  assert.match((await refusal('CONFLICT', write('other', 2))).message, /KEY was given another value/)
  assert.deepEqual(
    (await write(null)).secrets.map(({ what, version }) => [what, version]),
    [['removed', 3]],
  )
  assert.deepEqual(
    (await write('five')).secrets.map(({ what, version }) => [what, version]),
    [['added', 4]],
  )
  assert.equal((await open().metadata()).files.get('aws.env')?.get('KEY')?.rotated, isoTime(testTime))
  const modes = readdirSync(join(root, 'secrets')).filter((name) => name.endsWith('.env'))
  assert.deepEqual(modes, ['aws.env'])
  assert(!readFileSync(join(root, 'secrets/aws.env'), 'utf8').includes('five'))
})

test('a name is in one group only', async (t) => {
  const { ports, open } = await projectIn(t, { secrets })
  const write = { group: 'cdn', name: 'KEY', value: new Secret('x') }
  assert.match(
    (await refusal('CONFLICT', changeProject(ports, open(), { writes: [write] }))).message,
    /KEY is in group aws/,
  )
})

test('ten writers at once lose nothing', async (t) => {
  const { ports, open } = await projectIn(t, { secrets: { aws: { KEY: '0' } } })
  await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      changeProject(ports, open(), { writes: [{ group: 'aws', name: `K${index}`, value: new Secret('v') }] }),
    ),
  )
  assert.equal((await open().readGroup('aws'))?.values.size, 11)
})

test('the manifest changes with the secrets, or not at all', async (t) => {
  const { root, ports, open } = await projectIn(t, { manifest: '# mine\nproject: shop\n' })
  const writes = [{ group: 'aws', name: 'KEY', value: new Secret('x') }]
  const broken = changeProject(ports, open(), { writes, manifest: (text) => `${text}nonsense: 1\n` })
  await refusal('CONFIG', broken)
  assert.equal(await open().readGroup('aws'), null)
  await changeProject(ports, open(), { writes, manifest: (text) => `${text}groups: { aws: { keys: [KEY] } }\n` })
  assert.match(readFileSync(join(root, 'lockstep.yaml'), 'utf8'), /^# mine\n/)
})

const tampering: readonly [string, (secrets: string) => void | Promise<void>, RegExp][] = [
  [
    'swapped',
    (at) => {
      renameSync(`${at}/aws.env`, `${at}/x`)
      renameSync(`${at}/cdn.env`, `${at}/aws.env`)
      renameSync(`${at}/x`, `${at}/cdn.env`)
    },
    /belongs into secrets\/(cdn|aws)\.env/,
  ],
  ['dropped', (at) => rmSync(`${at}/aws.env`), /the file is gone/],
  ['renamed', (at) => copyFileSync(`${at}/aws.env`, `${at}/new.env`), /not listed/],
  [
    'of another host',
    (at) => {
      mkdirSync(`${at}/hosts/anode1`, { recursive: true })
      copyFileSync(`${at}/hosts/onode1/aws.env`, `${at}/hosts/anode1/aws.env`)
    },
    /not listed/,
  ],
  [
    'of a foreign key',
    async (at) =>
      writeFileSync(
        `${at}/aws.env`,
        await sealVault(bytesOf('KEY=x\n'), new Secret('another'), { random: portsIn('/').random }),
      ),
    /wrong password/,
  ],
  [
    'changed by hand',
    async (at) =>
      writeFileSync(
        `${at}/aws.env`,
        await sealVault(bytesOf('ID=one\nKEY=x\n'), new Secret(testPassword), { random: portsIn('/').random }),
      ),
    /not as lockstep wrote it: KEY/,
  ],
  [
    'metadata edited',
    (at) =>
      writeFileSync(
        `${at}/metadata.yaml`,
        readFileSync(`${at}/metadata.yaml`, 'utf8').replace('version: 1', 'version: 2'),
      ),
    /changed by hand/,
  ],
]

for (const [name, tamper, message] of tampering) {
  test(`tampered: ${name}`, async (t) => {
    const { root, ports, project, open } = await projectIn(t, { secrets })
    const readAll = (): Promise<unknown> =>
      withProject(ports, project, { action: 'read' }, (opened) => opened.readAll())
    await readAll()
    await tamper(join(root, 'secrets'))
    // with what was kept of the project before, and without
    for (const clear of [false, true]) {
      if (clear) rmSync(join(root, 'home'), { recursive: true })
      const error = await refusal('TAMPERED', readAll())
      assert.match(error.message, message)
      assert.match(error.at ?? '', /^secrets\//)
    }
    await refusal(
      'TAMPERED',
      changeProject(ports, open(), { writes: [{ group: 'aws', name: 'ID', value: new Secret('z') }] }).then(() =>
        open().readAll(),
      ),
    )
  })
}

test('an older file is told from a changed one', async (t) => {
  const { root, ports, open } = await projectIn(t, { secrets })
  copyFileSync(join(root, 'secrets/aws.env'), join(root, 'old'))
  await changeProject(ports, open(), { writes: [{ group: 'aws', name: 'KEY', value: new Secret('new') }] })
  renameSync(join(root, 'old'), join(root, 'secrets/aws.env'))
  assert.match((await refusal('TAMPERED', open().readGroup('aws'))).message, /an older version: KEY/)
})

test('secrets of another environment are refused', async (t) => {
  const { root, project, ports } = await projectIn(t, {
    secrets,
    manifest: 'project: shop\nenvironments: { staging: {} }\n',
  })
  mkdirSync(join(root, 'environments/staging'), { recursive: true })
  renameSync(project.paths.secrets, join(root, 'environments/staging/secrets'))
  copyFileSync(join(root, '.vault-password'), join(root, '.vault-password.staging'))
  const staging = await findProject(ports, { environment: 'staging' })
  await refusal(
    'CONFLICT',
    withProject(ports, staging, { action: 'read' }, (open) => open.metadata()),
  )
})

const source = async (
  t: import('node:test').TestContext,
  manifest: string,
  environment: Record<string, string> = {},
  more = {},
): Promise<string> => {
  const root = temporary(t, { 'lockstep.yaml': manifest, pw: ' from file \n', ...more })
  const ports = portsIn(root)
  const machine = { ...ports.machine, environment }
  const project = await findProject(ports)
  return (await projectPassword({ ...ports, machine }, project)).reveal()
}

test('where the password comes from', async (t) => {
  assert.equal(await source(t, 'project: s\npassword: pw\n'), 'from file')
  assert.equal(await source(t, 'project: s\npassword: [printf, "typed\\n"]\n'), 'typed')
  assert.equal(await source(t, 'project: s\n', {}, { '.vault-password': 'x' }), 'x')
  assert.equal(
    await source(t, 'project: s\n', { LOCKSTEP_PASSWORD_FILE: 'pw' }, { '.vault-password': 'x' }),
    'from file',
  )
  await refusal('NOT_FOUND', source(t, 'project: s\n', { LOCKSTEP_PASSWORD_FILE: 'gone' }, { '.vault-password': 'x' }))
  await refusal('NOT_FOUND', source(t, 'project: s\n'))
  await refusal('DENIED', source(t, 'project: s\npassword: ["false"]\n'))
  await refusal('USAGE', source(t, 'project: s\n', {}, { '.vault-password': '\n' }))
  await refusal('CONFIG', source(t, 'project: s\npassword: { ref: "aws:x" }\n'))
  const root = temporary(t, { 'lockstep.yaml': 'project: s\n' })
  const asked = await projectPassword({ ...portsIn(root), ...typing('by hand') }, await findProject(portsIn(root)))
  assert.equal(asked.reveal(), 'by hand')
})

test('a password file that others can read is refused', async (t) => {
  const { root, ports, project } = await projectIn(t)
  chmodSync(join(root, '.vault-password'), 0o644)
  assert.match((await refusal('UNSAFE', projectPassword(ports, project))).hint ?? '', /chmod 600/)
})

test('nothing is written under a weak password', async (t) => {
  const { ports, project } = await projectIn(t)
  const error = await refusal('UNSAFE', changeProject(ports, { project, password: new Secret('hunter2') }, {}))
  assert(error instanceof SecretsError && !error.message.includes('hunter2'))
})
