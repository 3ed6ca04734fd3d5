import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeContainers } from '../../../src/core/containers/container-placement.ts'
import { parseManifest } from '../../../src/core/manifest/parse-manifest.ts'

const inventory = {
  hosts: { a: { groups: [], variables: {} }, b: { groups: [], variables: {} } },
  groups: ['all'],
  patterns: { all: ['a', 'b'], a: ['a'], b: ['b'] },
}

const problems = (containers: readonly string[]): readonly string[] => {
  const text = `project: shop\ncontainers:\n${containers.map((one) => `  ${one}\n`).join('')}`
  const manifest = parseManifest(text, { at: 'lockstep.yaml' })
  return placeContainers(manifest, inventory).problems.map(({ at, message }) => `${at} ${message}`)
}

const image = (name: string, hosts: string): string => `${name}: { hosts: ${hosts}, groups: [], image: x }`

test('a container cannot have the name that another takes while it is replaced, or when it failed', () => {
  for (const name of ['api-before', 'api-failed']) {
    for (const containers of [
      [image('api', 'a'), image(name, 'all')],
      [image(name, 'all'), image('api', 'a')],
    ]) {
      const [problem = '', ...others] = problems(containers)
      assert.match(problem, new RegExp(`^lockstep.yaml:\\d:\\d+ container ${name}: api needs this name on a when`))
      assert.deepEqual(others, [])
    }
  }
})

test('where they never meet it can', () => {
  assert.deepEqual(problems([image('api', 'a'), image('api-before', 'b')]), [])
  assert.deepEqual(problems([image('api-before', 'all'), image('api-failed', 'all')]), [])
  assert.deepEqual(problems([image('api', 'all'), 'api-failed: { hosts: all, groups: [], systemd: x.service }']), [])
  assert.deepEqual(problems(['api: { hosts: all, groups: [], systemd: x.service }', image('api-before', 'all')]), [])
})
