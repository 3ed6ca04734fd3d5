import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { concernTable } from '../../src/core/alerts/concerns.ts'
import { parseManifest } from '../../src/core/manifest/parse-manifest.ts'
import { metricHelp } from '../../src/core/metrics/metrics.ts'

const page = readFileSync(resolve(import.meta.dirname, '..', '..', 'docs', 'monitoring.md'), 'utf8')

test('every metric and every concern is on the page, and no other', () => {
  const named = [...page.matchAll(/`(lockstep_[a-z_]+)`/g)].map(([, name]) => name)
  assert.deepEqual(new Set(named), new Set(Object.keys(metricHelp)))
  for (const id of Object.keys(concernTable)) assert.match(page, new RegExp(`^\\| ${id} \\|`, 'm'))
})

test('its alerts are some', () => {
  const [, yaml = ''] = /```yaml\n(alerts:[^]*?)```/.exec(page) ?? []
  assert.equal(parseManifest(`project: shop\n${yaml}`, { at: 'lockstep.yaml' }).alerts.length, 6)
})
