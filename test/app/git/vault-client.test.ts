import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passwordForVaultId } from '../../../src/app/git/vault-client.ts'
import { newSecrets } from '../../../src/app/project/new-secrets.ts'
import { findProject } from '../../../src/app/project/project.ts'
import { Secret } from '../../../src/core/secret.ts'
import { projectIn, testPassword } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'

const ofStaging = 'a-password-of-staging-that-is-long-enough-3kQ9zT'

test('the project’s vault-ids, and no other', async (t) => {
  const { ports, root } = await projectIn(t, {
    manifest: 'project: shop\nenvironments: { staging: {} }\n',
    files: { '.vault-password.staging': `${ofStaging}\n` },
  })
  const staging = await findProject(ports, { environment: 'staging' })
  await refusal('NOT_FOUND', passwordForVaultId(ports, 'shop.staging'))
  await ports.files.transact(root, await newSecrets(ports, staging, new Secret(ofStaging)))
  const table: readonly (readonly [string | undefined, string])[] = [
    ['shop', testPassword],
    [undefined, testPassword],
    ['shop.staging', ofStaging],
  ]
  for (const [id, password] of table) assert.equal((await passwordForVaultId(ports, id)).reveal(), password)
  assert.equal((await passwordForVaultId(ports, 'shop', 'staging')).reveal(), ofStaging)
  for (const id of ['default', 'dev', 'shop.', 'shop.production2', 'shop-staging', 'sho', '']) {
    await refusal('USAGE', passwordForVaultId(ports, id))
  }
})
