import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AclEntry, MarkedPath, ParentFacts } from '../../../src/core/audit/audit-facts.ts'
import { auditPaths } from '../../../src/core/audit/audit-paths.ts'
import { auditFacts, auditInput } from '../../support/audit.ts'

const parent = (given: Partial<ParentFacts>): string => {
  const one = { path: '/opt', kind: 'directory', mode: 0o755, uid: 0, gid: 0, acl: [], ...given }
  return told(auditPaths(auditInput({ audit: auditFacts({ parents: [one] }) })))
}

const marked = (given: Partial<MarkedPath>): string => {
  const one = { path: 'a b', acl: [], defaultAcl: [], attributes: [], flags: 0, held: [], ...given }
  return told(auditPaths(auditInput({ audit: auditFacts({ marked: [one] }) })))
}

const told = (findings: ReturnType<typeof auditPaths>): string =>
  findings.map((one) => `${one.id} ${one.message} | ${one.fix}`).join('\n')

const user = (permissions: number): AclEntry => ({ tag: 2, permissions, id: 1000 })
const group = (permissions: number): AclEntry => ({ tag: 8, permissions, id: 50 })
const mask = (permissions: number): AclEntry => ({ tag: 16, permissions, id: 0xffffffff })
const owner: AclEntry = { tag: 1, permissions: 7, id: 0xffffffff }

test('what is above ours is root’s alone', () => {
  const place = 'put another directory in the place of ours'
  const cases: readonly (readonly [Partial<ParentFacts>, string])[] = [
    [{}, ''],
    [{ mode: 0o775 }, `PARENT-LOOSE mode is 775: others can ${place} | chmod go-w /opt`],
    [{ mode: 0o757 }, `PARENT-LOOSE mode is 757: others can ${place} | chmod go-w /opt`],
    [{ mode: 0o1777 }, ''],
    [{ uid: 33 }, `PARENT-LOOSE belongs to uid 33, who can ${place} | chown -h root /opt`],
    [{ uid: 33, mode: 0o1777 }, `PARENT-LOOSE belongs to uid 33, who can ${place} | chown -h root /opt`],
    [{ kind: 'link', mode: 0o777 }, ''],
    [{ kind: 'link', mode: 0o777, uid: 33 }, `PARENT-LOOSE belongs to uid 33, who can ${place} | chown -h root /opt`],
    [{ acl: [owner, user(7), mask(7)] }, `PARENT-LOOSE its access list lets uid 1000 ${place} | setfacl -b /opt`],
    [{ mode: 0o775, acl: [group(7)] }, `PARENT-LOOSE its access list lets gid 50 ${place} | setfacl -b /opt`],
    [{ acl: [owner, user(7), mask(5)] }, ''],
    [{ acl: [owner, user(5), mask(7)] }, ''],
    [{ mode: 0o1755, acl: [user(7), mask(7)] }, ''],
  ]
  for (const [given, expected] of cases) assert.equal(parent(given), expected, JSON.stringify(given))
})

test('access lists, attributes and flags of ours', () => {
  const file = "'/opt/shop/a b'"
  const cases: readonly (readonly [Partial<MarkedPath>, string])[] = [
    [{ acl: [owner, user(4), mask(4)] }, `ACL-GRANTS its access list lets uid 1000 in | setfacl -b ${file}`],
    [{ acl: [owner, user(4), mask(0)] }, ''],
    [{ acl: [owner, group(0), mask(7)] }, ''],
    [{ defaultAcl: [group(5)] }, `ACL-GRANTS its access list lets gid 50 in | setfacl -b ${file}`],
    [{ acl: [user(4)], defaultAcl: [user(4)] }, `ACL-GRANTS its access list lets uid 1000 in | setfacl -b ${file}`],
    [{ attributes: ['security.selinux', 'security.ima', 'trusted.overlay.opaque'] }, ''],
    [
      { attributes: ['user.note'] },
      `ODD-ATTRIBUTE has user.note | look at it: getfattr -d -m - ${file}; setfattr -x user.note ${file}`,
    ],
    [{ flags: 16 }, `IMMUTABLE is immutable: nothing can replace or remove it | chattr -i ${file}`],
    [{ flags: 32 }, `IMMUTABLE is append-only: nothing can replace or remove it | chattr -a ${file}`],
    [
      { held: [1, 0, 1] },
      `PLAINTEXT AWS_KEY, DB_KEY: lies open in this file | rm ${file} (on host1); then replace what was there: lockstep set NAME`,
    ],
    [
      { held: [2] },
      `PROJECT-PASSWORD the project password: lies open in this file | rm ${file} (on host1); then lockstep rekey`,
    ],
    [
      { held: [-1] },
      `KEY-COPY a scope password of this host: lies open in this file | rm ${file} (on host1); then lockstep deploy --hosts host1 once its secrets are replaced`,
    ],
    [{ held: [99, -5] }, ''],
  ]
  for (const [given, expected] of cases) assert.equal(marked(given), expected, JSON.stringify(given))
})

test('a host that was not asked has nothing to be told', () => {
  assert.deepEqual(auditPaths(auditInput({ audit: null, asked: null })), [])
})
