import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityOf } from '../../../src/core/runtime/accounts.ts'
import { hasCode } from '../../../src/core/errors.ts'

const files = {
  passwd:
    'root:x:0:0:root:/root:/bin/sh\n# a remark\nnode:x:1000:1000::/home/node:/bin/sh\nweb:x:33:33:web:/var/www:/bin/false\n',
  group: 'root:x:0:\nnode:x:1000:\nweb:x:33:\nssl:x:110:web,node\nlogs:x:4:node\n',
}

const rows: readonly (readonly [string, string])[] = [
  ['node', '1000:1000 groups 1000,110,4 home /home/node name node'],
  ['1000', '1000:1000 groups 1000,110,4 home /home/node name node'],
  ['node:ssl', '1000:110 groups 110 home /home/node name node'],
  ['1000:33', '1000:33 groups 33 home /home/node name node'],
  ['5000', '5000:5000 groups 5000 home / name null'],
  ['5000:7', '5000:7 groups 7 home / name null'],
  ['web:0', '33:0 groups 0 home /var/www name web'],
]

test('a user is a name or number, with its groups or one given group', () => {
  for (const [spec, wanted] of rows) {
    const { uid, gid, groups, home, name } = identityOf(spec, files)
    assert.equal(`${uid}:${gid} groups ${groups.join()} home ${home} name ${name}`, wanted, spec)
  }
})

test('numbers need no account files', () => {
  const none = { passwd: null, group: null }
  assert.equal(identityOf('1000', none).gid, 1000)
  assert.equal(identityOf('1000:50', none).gid, 50)
})

test('what is not a user is refused', () => {
  for (const spec of ['', ':', 'node:', ':1000', 'a:b:c']) {
    assert.throws(
      () => identityOf(spec, files),
      (error) => hasCode(error, 'USAGE'),
      spec,
    )
  }
  for (const spec of ['nobody-here', '4294967295', '99999999999', '-1', '1e3', 'node:no-group', '1000:-1']) {
    assert.throws(
      () => identityOf(spec, files),
      (error) => hasCode(error, 'NOT_FOUND'),
      spec,
    )
  }
})
