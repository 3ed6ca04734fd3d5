import assert from 'node:assert/strict'
import { test } from 'node:test'
import { finding } from '../../../src/core/audit/findings.ts'
import type { Mend } from '../../../src/core/audit/mend.ts'
import { mendWords, planMends } from '../../../src/core/audit/mend.ts'

const seen = { kind: 'file', mode: 0o644, uid: 1000 } as const
const wrong = (host: string | null, mend?: Mend) =>
  finding('WRONG-MODE', { host, path: null, message: '', fix: '', ...(mend === undefined ? {} : { mend }) })

test('the findings of one path become one change, and what needs a person none', () => {
  const plan = planMends([
    wrong('b', { path: 'z', seen, mode: 0o600 }),
    wrong('a', { path: 'y', seen, mode: 0o600 }),
    wrong('a', { path: 'y', seen, uid: 0, attributes: ['one'] }),
    wrong('a', { path: 'y', seen, attributes: ['two', 'one'] }),
    wrong('a', { path: 'x', seen, uid: 0 }),
    wrong('a'),
    wrong(null),
  ])
  assert.deepEqual(plan, [
    { host: 'b', mends: [{ path: 'z', seen, mode: 0o600 }] },
    {
      host: 'a',
      mends: [
        { path: 'x', seen, uid: 0 },
        { path: 'y', seen, mode: 0o600, uid: 0, attributes: ['one', 'two'] },
      ],
    },
  ])
})

test('a change is told in words', () => {
  const path = 'secrets'
  assert.equal(mendWords({ path, seen, mode: 0o600 }), 'mode 644 to 600')
  assert.equal(
    mendWords({ path, seen, mode: 0o600, uid: 0, attributes: ['system.posix_acl_access'] }),
    'owner 1000 to 0, mode 644 to 600, without system.posix_acl_access',
  )
})
