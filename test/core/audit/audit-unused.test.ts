import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditUnused } from '../../../src/core/audit/audit-unused.ts'
import type { PageFacts } from '../../../src/core/fleet/host-facts.ts'
import { container, containerFacts, hostFacts } from '../../support/container.ts'

const now = Date.parse('2026-11-23T12:00:00Z') / 1000
const owner = { project: 'shop', environment: 'production' }
const labels = {
  'lockstep.project': 'shop',
  'lockstep.environment': 'production',
  'lockstep.container': 'api',
  'lockstep.generation': '7',
}

const page = (used: Readonly<Record<string, boolean | undefined>>, loaded = '2026-11-22T11:59:00Z'): PageFacts => ({
  code: 200,
  body: JSON.stringify({
    loaded,
    secrets: Object.fromEntries(Object.entries(used).map(([name, is]) => [name, { present: true, used: is }])),
  }),
  error: null,
})

/** What is told of a container whose instances answer these pages. */
const told = (...pages: readonly (PageFacts | null)[]): readonly string[] => {
  const containers = pages.map((status, index) =>
    containerFacts({ id: `id${index}`, name: `api${index}`, labels, status }),
  )
  return auditUnused({
    desired: {
      host: 'host1',
      directory: '/opt/shop',
      rung: 'host',
      scopes: [],
      containers: [container({ name: 'api', runs: { kind: 'compose', file: '/srv/compose.yaml', service: 'api' } })],
    },
    facts: hostFacts({ now, engine: { program: '/usr/bin/docker', version: '27.0', containers } }),
    owner,
  }).map(({ id, path, message }) => `${id} ${path} ${message}`)
}

test('what no instance asked for in a day is told, and nothing where one does not say', () => {
  const said = (names: string): readonly string[] => [
    `NEVER-READ api has not asked for ${names} since it started, for more than a day`,
  ]
  const rows: readonly (readonly [readonly (PageFacts | null)[], readonly string[]])[] = [
    [[], []],
    [[page({ A: true, B: true })], []],
    [[page({ A: true, B: false })], said('B')],
    [[page({ A: false, B: false }, '2026-11-22T12:30:00Z')], []],
    [[page({ A: true, B: undefined })], []],
    [[{ code: 503, body: page({ A: false }).body, error: null }], []],
    [[{ code: 200, body: '<html>', error: null }], []],
    [[page({ A: false, B: false }), page({ A: true, B: false })], said('B')],
    [[page({ A: false }), null], []],
    [[null], []],
  ]
  for (const [pages, expected] of rows) assert.deepEqual(told(...pages), expected)
})
