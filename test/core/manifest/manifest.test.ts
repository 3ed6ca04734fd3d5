import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { SecretsError } from '../../../src/core/errors.ts'
import { groupOf, groupOfSecret } from '../../../src/core/manifest/manifest.ts'
import { parseManifest } from '../../../src/core/manifest/parse-manifest.ts'
import { manifestSchema } from '../../../src/core/manifest/manifest-schema.ts'
import type { Case } from './manifest-cases.ts'
import { cases, notYaml } from './manifest-cases.ts'

const judge = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false }).compile(manifestSchema)

const refusal = (text: string): string => {
  try {
    parseManifest(text, { at: 'lockstep.yaml' })
    return ''
  } catch (error) {
    assert(error instanceof SecretsError)
    assert.equal(error.code, 'CONFIG', error.message)
    return `${error.at} ${error.message}`
  }
}

const check = ({ text, says = [] }: Case): void => {
  const said = refusal(text)
  assert.equal(said !== '', says.length > 0, said)
  for (const part of says) {
    if (typeof part === 'string') assert(said.includes(part), `${JSON.stringify(said)} does not say ${part}`)
    else assert.match(said, part)
  }
}

for (const one of cases) {
  test(`manifest: ${one.name}`, () => {
    check(one)
    const byJudge = judge(parse(one.text))
    assert.equal(byJudge, one.says === undefined || one.beyondSchema === true, JSON.stringify(judge.errors))
  })
}

for (const one of notYaml) test(`not a manifest: ${one.name}`, () => check(one))

test('the published schema is the one in the source', () => {
  const published = readFileSync(new URL('../../../docs/manifest.schema.json', import.meta.url), 'utf8')
  assert.equal(published, `${JSON.stringify(manifestSchema, null, 2)}\n`, 'run node scripts/manifest-schema.ts')
})

test('defaults of the smallest manifest', () => {
  const manifest = parseManifest('project: shop\n', { at: 'lockstep.yaml' })
  assert.deepEqual(manifest, {
    project: 'shop',
    environment: 'production',
    environments: [],
    directory: '/opt/shop',
    directoryAt: null,
    inventory: null,
    password: null,
    hosts: [],
    groups: [],
    containers: [],
    rollout: { atOnce: 1, healthWithin: 60_000, proof: 'mounted' },
    backup: { copies: null, keep: null, every: null },
    alerts: [],
    git: { commit: false, push: false },
    onlyWriter: null,
  })
})

const design = cases.find((one) => one.name === 'the design page')?.text ?? ''

test('the design page, typed', () => {
  const manifest = parseManifest(design, { at: 'lockstep.yaml' })
  assert.deepEqual(manifest.hosts[0], {
    pattern: 'oracle',
    rung: 'cloud',
    cloud: 'oci',
    directory: null,
    at: 'lockstep.yaml:5:11',
  })
  assert.equal(groupOf(manifest, 'aws')?.rotate?.every, 30 * 86_400_000)
  assert.equal(groupOf(manifest, 'cloudflare')?.rotate?.settings['zone'], 'example.org')
  assert.equal(groupOfSecret(manifest, 'SESSION_KEY_PREVIOUS')?.name, 'session')
  const [api, worker, cron] = manifest.containers
  assert.equal(api?.runs.kind === 'image' ? api.runs.publish[0] : '', '127.0.0.1:8080:8080')
  assert.deepEqual(worker?.runs, { kind: 'compose', file: '/srv/shop/compose.yaml', service: 'worker' })
  assert.deepEqual([cron?.runs.kind, cron?.receive, cron?.onChange.kind], ['systemd', 'environment', 'restart'])
  assert.deepEqual(JSON.parse(JSON.stringify(manifest)), manifest)
})

test('an environment sees its own settings', () => {
  const text =
    'project: shop\npassword: a\nrollout: { at_once: 3, proof: none }\nenvironments:\n  staging: { inventory: inventory/staging, rollout: { at_once: 5 } }\n'
  const staging = parseManifest(text, { at: 'lockstep.yaml', environment: 'staging' })
  assert.deepEqual([staging.environment, staging.inventory, staging.password], ['staging', 'inventory/staging', null])
  assert.deepEqual(staging.rollout, { atOnce: 5, healthWithin: 60_000, proof: 'none' })
  assert.throws(() => parseManifest(text, { at: 'lockstep.yaml', environment: 'stagin' }), {
    code: 'USAGE',
    message: /did you mean staging\?/,
    hint: 'environments: production, staging',
  })
})
