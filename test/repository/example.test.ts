import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { parseManifest } from '../../src/core/manifest/parse-manifest.ts'
import { temporary } from '../support/temporary.ts'

/** examples/callableapis is what `lockstep init --template callableapis` writes. */
const root = resolve(import.meta.dirname, '..', '..')
const example = join(root, 'examples', 'callableapis')

test('its manifest is one', () => {
  const manifest = parseManifest(readFileSync(join(example, 'lockstep.yaml'), 'utf8'), { at: 'lockstep.yaml' })
  assert.deepEqual(
    manifest.containers.map(({ name, uid, receive }) => [name, uid, receive]),
    [
      ['api', 1000, 'mount'],
      ['report', 1000, 'files'],
    ],
  )
})

test('its service type-checks against the library door', (t) => {
  const config = {
    extends: join(example, 'api', 'tsconfig.json'),
    compilerOptions: {
      paths: { lockstep: [join(root, 'src', 'index.ts')] },
      typeRoots: [join(root, 'node_modules', '@types')],
    },
    include: [join(example, 'api', 'src')],
  }
  const path = join(temporary(t), 'tsconfig.json')
  writeFileSync(path, JSON.stringify(config))
  const done = spawnSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', path], { encoding: 'utf8' })
  assert.equal(done.status, 0, done.stdout)
})

test('its images take only what is named, and nothing that a project keeps to itself', () => {
  for (const service of ['api', 'report']) {
    const [first] = readFileSync(join(example, service, '.dockerignore'), 'utf8')
      .split('\n')
      .filter(isRule)
    assert.equal(first, '*', service)
    const dockerfile = readFileSync(join(example, service, 'Dockerfile'), 'utf8')
    assert.match(dockerfile, /^USER 1000:1000$/m)
    assert.doesNotMatch(dockerfile, /\b(?:ARG|SECRET|PASSWORD|TOKEN)\b/)
  }
  const names = readdirSync(example, { recursive: true, encoding: 'utf8' })
  assert.deepEqual(
    names.filter((name) => /vault-password|\.env$|\.age$/.test(name)),
    [],
  )
})

const isRule = (line: string): boolean => line !== '' && !line.startsWith('#')
