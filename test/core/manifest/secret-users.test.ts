import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parseManifest } from '../../../src/core/manifest/parse-manifest.ts'
import { usersOf } from '../../../src/core/manifest/secret-users.ts'

const manifest = parseManifest(
  `project: shop
groups:
  db: { keys: [DB_USER, DB_PASSWORD], rotate: { with: postgres, users: [a, b], password_key: DB_PASSWORD, admin: ADMIN, admin_user: root } }
  cache: { keys: [REDIS_PASSWORD], rotate: { with: redis, admin: ADMIN } }
  token: { keys: [API_TOKEN], rotate: { with: command, run: [./rotate-token, API_TOKEN], secrets: [TOKEN_ADMIN] } }
  operating: { keys: [ADMIN, TOKEN_ADMIN, SIGNING, IDLE] }
alerts: [{ webhook: "https://example.com/", sign: SIGNING }]
`,
  { at: 'lockstep.yaml' },
)

suite('who uses a secret besides containers', () => {
  const rows: readonly [name: string, group: string, users: readonly string[]][] = [
    ['ADMIN', 'operating', ['rotation of db', 'rotation of cache']],
    ['TOKEN_ADMIN', 'operating', ['rotation of token']],
    ['SIGNING', 'operating', ['alerts']],
    ['IDLE', 'operating', []],
    // its own group's settings say which part it plays
    ['DB_PASSWORD', 'db', []],
    ['API_TOKEN', 'token', []],
  ]
  for (const [name, group, users] of rows) {
    test(`${name}: ${users.join(', ') || 'nobody'}`, () => assert.deepEqual(usersOf(manifest, { name, group }), users))
  }
})
