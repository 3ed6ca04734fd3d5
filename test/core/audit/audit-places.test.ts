import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditPlaces } from '../../../src/core/audit/audit-places.ts'
import { container } from '../../support/container.ts'

const patterns = (directory: string, file = '/srv/web/stack.yml'): readonly string[] => {
  const runs = { kind: 'compose', file, service: 'web' } as const
  return auditPlaces({ directory, containers: [container({ runs })] }).map(
    ([surface, pattern]) => `${surface} ${pattern}`,
  )
}

test('declared compose files, and copies of the directory by its name', () => {
  const found = patterns('/opt/shop')
  for (const one of [
    'compose /srv/web/stack.yml',
    'compose /srv/web/.env',
    'copy /opt/shop.bak*',
    'copy ~/shop.tar*',
    'copy /var/backups/shop~',
  ]) {
    assert.ok(found.includes(one), one)
  }
})

test('a name is not a pattern', () => {
  const found = patterns('/opt/[a]*b?', '/srv/w*b/stack.yml')
  assert.ok(found.includes('copy /opt/[[]a][*]b[?].bak*'))
  assert.ok(found.includes('compose /srv/w[*]b/stack.yml'))
})

test('what decides comes first: a file is told once, for the first place that names it', () => {
  const found = auditPlaces({ directory: '/opt/shop', containers: [] }).map(([surface]) => surface)
  assert.deepEqual(
    [...new Set(found)],
    ['piece', 'unit', 'cron', 'compose', 'settings', 'history', 'ansible', 'copy', 'dump', 'log', 'temporary', 'home'],
  )
})
