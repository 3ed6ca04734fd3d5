import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passwordForVaultId } from '../../../src/app/git/vault-client.ts'
import { projectIn, testPassword } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'

test('the project’s vault-ids, and no other', async (t) => {
  const { ports } = await projectIn(t, {
    manifest: 'project: shop\nenvironments: { staging: {} }\n',
    files: { '.vault-password.staging': 'of staging\n' },
  })
  const table: readonly (readonly [string | undefined, string])[] = [
    ['shop', testPassword],
    [undefined, testPassword],
    ['shop.staging', 'of staging'],
  ]
  for (const [id, password] of table) assert.equal((await passwordForVaultId(ports, id)).reveal(), password)
  assert.equal((await passwordForVaultId(ports, 'shop', 'staging')).reveal(), 'of staging')
  for (const id of ['default', 'dev', 'shop.', 'shop.production2', 'shop-staging', 'sho', '']) {
    await refusal('USAGE', passwordForVaultId(ports, id))
  }
})
