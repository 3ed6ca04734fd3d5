import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tool } from '../../../src/core/audit/advisories.ts'
import { advisories, knownIn, tools, versionOf } from '../../../src/core/audit/advisories.ts'

test('what programs print of themselves is understood', () => {
  const rows: readonly (readonly [string, readonly number[] | null])[] = [
    ['ansible-playbook [core 2.14.18]', [2, 14, 18]],
    ['OpenSSH_9.2p1 Debian-2+deb12u7, OpenSSL 3.0.17', [9, 2, 1]],
    ['git version 2.39.5 (Apple Git-154)', [2, 39, 5]],
    ['27.1', [27, 1]],
    ['nothing', null],
    ['', null],
  ]
  for (const [said, version] of rows) assert.deepEqual(versionOf(said), version, said)
})

test('a version is faulty until the mended one of its branch, and branches that came later never were', () => {
  const rows: readonly (readonly [Tool, string, string, boolean])[] = [
    ['ansible-core', '2.14.13', 'CVE-2024-0690', true],
    ['ansible-core', '2.14.14', 'CVE-2024-0690', false],
    ['ansible-core', '2.16.2', 'CVE-2024-0690', true],
    ['ansible-core', '2.17.0', 'CVE-2024-0690', false],
    ['ansible-core', '2.13.99', 'CVE-2024-0690', true],
    ['openssh', 'OpenSSH_9.3p1', 'CVE-2023-38408', true],
    ['openssh', 'OpenSSH_9.3p2', 'CVE-2023-38408', false],
    ['openssh', 'OpenSSH_10.0p2', 'CVE-2023-38408', false],
    ['git', 'git version 2.50.0', 'CVE-2025-48384', true],
    ['git', 'git version 2.51.0', 'CVE-2025-48384', false],
    ['docker', '26.1.5', 'CVE-2024-41110', false],
    ['docker', '26.0.0', 'CVE-2024-41110', true],
  ]
  for (const [tool, said, id, is] of rows)
    assert.equal(
      knownIn(tool, said)
        .map((one) => one.id)
        .includes(id),
      is,
      `${said} ${id}`,
    )
  for (const tool of tools) assert.deepEqual(knownIn(tool, 'not a version'), [])
})

test('the mended versions of each stand in their order', () => {
  for (const { id, fixed } of advisories) {
    const padded = fixed.map((one) =>
      one
        .split('.')
        .map((part) => part.padStart(4, '0'))
        .join('.'),
    )
    assert.deepEqual(padded, padded.toSorted(), id)
  }
})
