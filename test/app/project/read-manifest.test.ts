import assert from 'node:assert/strict'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { readManifest } from '../../../src/app/project/read-manifest.ts'
import { manifestFromJson } from '../../../src/core/manifest/manifest-json.ts'
import type { Manifest } from '../../../src/core/manifest/manifest.ts'
import { parseManifest } from '../../../src/core/manifest/parse-manifest.ts'
import { cases } from '../../core/manifest/manifest-cases.ts'
import { portsIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { temporary } from '../../support/temporary.ts'

const at = 'lockstep.yaml'

for (const { name, text, says } of cases) {
  if (says !== undefined) continue
  test(`manifest as JSON and back: ${name}`, () => {
    const manifest = parseManifest(text, { at })
    assert.deepEqual(manifestFromJson(JSON.stringify(manifest), 'kept'), manifest)
  })
}

interface Reading {
  readonly kept: string
  read(text: string): Promise<Manifest>
}

const reading = async (t: TestContext): Promise<Reading> => {
  const root = temporary(t)
  const ports = portsIn(root)
  const read = (text: string): Promise<Manifest> => readManifest(ports, { text, at, root, environment: 'production' })
  await read('project: shop\n')
  const directory = join(root, 'home/.cache/lockstep')
  const [name = ''] = readdirSync(directory)
  return { kept: join(directory, name), read }
}

test('what was read is kept, for this text alone', async (t) => {
  const { kept, read } = await reading(t)
  writeFileSync(kept, readFileSync(kept, 'utf8').replace('/opt/shop', '/opt/kept'))
  assert.equal((await read('project: shop\n')).directory, '/opt/kept')
  assert.equal((await read('project: shop \n')).directory, '/opt/shop')
  assert.equal((await read('project: shop\n')).directory, '/opt/shop')
  await refusal('CONFIG', read('project: shop\nnonsense: 1\n'))
})

test('what others could have written, or another version, is not believed', async (t) => {
  const { kept, read } = await reading(t)
  const text = readFileSync(kept, 'utf8').replace('/opt/shop', '/opt/forged')
  writeFileSync(kept, text)
  chmodSync(kept, 0o644)
  assert.equal((await read('project: shop\n')).directory, '/opt/shop')
  writeFileSync(kept, text.replace('"hosts":[],', ''), { mode: 0o600 })
  chmodSync(kept, 0o600)
  assert.equal((await read('project: shop\n')).directory, '/opt/shop')
  writeFileSync(kept, text.slice(0, 90))
  assert.equal((await read('project: shop\n')).directory, '/opt/shop')
})

test('without a home there is no memory, and no harm', async (t) => {
  const root = temporary(t, { file: '' })
  const ports = portsIn(root)
  const machine = { ...ports.machine, home: join(root, 'file') }
  const text = 'project: shop\n'
  assert.equal(
    (await readManifest({ ...ports, machine }, { text, at, root, environment: 'production' })).project,
    'shop',
  )
})
