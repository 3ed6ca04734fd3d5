import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { changeProject } from '../../../src/app/project/change-project.ts'
import { getSecret } from '../../../src/app/secrets/get.ts'
import { keptKey } from '../../../src/app/project/kept-key.ts'
import { withProject } from '../../../src/app/project/with-project.ts'
import { rekeyProject } from '../../../src/app/project/rekey.ts'
import { Secret } from '../../../src/core/secret.ts'
import { openVault, sealVault } from '../../../src/crypto/ansible-vault.ts'
import { engine } from '../../../src/crypto/engine.ts'
import { projectIn, testPassword, type TestProject } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { bytesOf } from '../../support/temporary.ts'

const secrets = { aws: { ID: 'one', KEY: 'two' }, cdn: { TOKEN: 'three' } }

interface Watched extends TestProject {
  readonly kept: string
  /** How many keys were derived from the password while `work` ran. */
  counted(work: () => Promise<unknown>): Promise<number>
  get(name: string): Promise<string>
}

const watched = async (t: TestContext): Promise<Watched> => {
  const made = await projectIn(t, { secrets })
  const { ports, project } = made
  const { mock } = t.mock.method(engine, 'stretch')
  let kept = ''
  const files: typeof ports.files = {
    ...ports.files,
    read: (path, options) => {
      if (/\/key-\w+$/.test(path)) kept = path
      return ports.files.read(path, options)
    },
  }
  const get = async (name: string): Promise<string> =>
    (
      await withProject({ ...ports, files }, project, { action: 'read' }, (open) => getSecret(open, name))
    ).value.reveal()
  const counted = async (work: () => Promise<unknown>): Promise<number> => {
    mock.resetCalls()
    await work()
    return mock.callCount()
  }
  await get('KEY')
  return { ...made, counted, get, kept }
}

test('the second time one derivation is enough, for each file', async (t) => {
  const { ports, project, counted, get } = await watched(t)
  assert.equal(await counted(() => get('ID')), 1)
  assert.equal(await counted(() => get('TOKEN')), 2)
  assert.equal(await counted(() => get('TOKEN')), 1)
  assert.equal(await counted(() => get('KEY')), 1)
  assert.equal(await counted(() => withProject(ports, project, { action: 'read' }, (open) => open.readAll())), 2)
})

test('a file that was written anew needs both again, once', async (t) => {
  const { ports, open, counted, get } = await watched(t)
  await changeProject(ports, open(), { writes: [{ group: 'aws', name: 'ID', value: new Secret('new') }] })
  assert.equal(await counted(() => get('ID')), 2)
  assert.equal(await counted(() => get('ID')), 1)
})

test('what is kept is for its owner alone, and holds the key only sealed', async (t) => {
  const { kept, project } = await watched(t)
  assert.equal(statSync(kept).mode & 0o777, 0o600)
  const sealed = readFileSync(project.paths.fingerprintKey)
  const { plaintext } = await openVault(sealed, new Secret(testPassword))
  const key = Buffer.from(new TextDecoder().decode(plaintext), 'base64')
  const text = readFileSync(kept, 'utf8')
  const copy = Buffer.from(text.trim().split(' ')[2] ?? '', 'base64')
  assert.equal(copy.length, plaintext.length + 16)
  for (const form of ['base64', 'hex', 'latin1'] as const) {
    assert(!text.includes(key.toString(form)) && !copy.toString('latin1').includes(key.toString(form)))
  }
})

test('a wrong password is refused as without it', async (t) => {
  const { root, get } = await watched(t)
  writeFileSync(join(root, '.vault-password'), 'of another project, as long as it has to be\n')
  const error = await refusal('TAMPERED', get('KEY'))
  assert.equal(error.at, 'secrets/fingerprint-key')
  assert.match(error.message, /wrong password/)
})

test('another key in the project is not passed over', async (t) => {
  const { ports, project, get } = await watched(t)
  const other = `${Buffer.alloc(32, 7).toString('base64')}\n`
  const sealed = await sealVault(bytesOf(other), new Secret(testPassword), { random: ports.random })
  writeFileSync(project.paths.fingerprintKey, sealed)
  assert.equal((await refusal('TAMPERED', get('KEY'))).at, 'secrets/fingerprint-key')
  // nor where no other key was ever in use
  rmSync(project.pin)
  assert.equal((await refusal('TAMPERED', get('KEY'))).at, 'secrets/metadata.yaml')
})

test('what others could have written, or is damaged, is not used and does no harm', async (t) => {
  const { kept, counted, get } = await watched(t)
  const good = readFileSync(kept, 'utf8')
  const [path = '', pair = '', sealed = ''] = good.trim().split(' ')
  const flipped = Buffer.from(sealed, 'base64')
  flipped[3] = (flipped[3] ?? 0) ^ 1
  const damaged = [
    '',
    'nonsense\n',
    `../../etc/passwd ${pair} ${sealed}\n`,
    `${path} ${pair}\n`,
    `${path} ${pair} ${flipped.toString('base64')}\n`,
    `${path} ${'0'.repeat(64)} ${sealed}\n`,
    `cdn.env ${pair} ${sealed}\n`,
  ]
  for (const text of damaged) {
    writeFileSync(kept, text)
    assert.equal(await counted(() => get('KEY')), 2, text)
    assert.equal(await counted(() => get('KEY')), 1, text)
  }
  chmodSync(kept, 0o644)
  assert.equal(await counted(() => get('KEY')), 2)
})

test('after rekey the former copy opens nothing', async (t) => {
  const { root, ports, open, kept, counted, get } = await watched(t)
  copyFileSync(kept, join(root, 'former'))
  await rekeyProject(ports, open())
  copyFileSync(join(root, 'former'), kept)
  assert.equal(await counted(() => get('KEY')), 2)
  assert.equal(await get('KEY'), 'two')
})

test('a copy is for one pair of files and one password', async (t) => {
  const { ports, project } = await watched(t)
  const kept = keptKey(ports, project)
  const group = { bytes: readFileSync(join(project.paths.secrets, 'aws.env')), subkey: () => new Uint8Array(32) }
  await kept.keep(bytesOf('sealed'), bytesOf('key'), { path: 'aws.env', ...group })
  const copy = await kept.find(bytesOf('sealed'), 'aws.env')
  assert.deepEqual(Buffer.from((await copy?.open(group)) ?? []).toString(), 'key')
  assert.equal(await copy?.open({ ...group, subkey: () => new Uint8Array(32).fill(1) }), null)
  assert.equal(await copy?.open({ ...group, bytes: bytesOf('another') }), null)
  assert.equal(await kept.find(bytesOf('sealed!'), 'aws.env'), null)
  assert.equal(await kept.find(bytesOf('sealed'), 'cdn.env'), null)
})
