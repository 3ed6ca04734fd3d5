import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exportSecrets, type ExportOptions } from '../../../src/app/secrets/export.ts'
import { projectIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'

const secrets = {
  aws: { AWS_KEY: 'one', PEM: 'a\nb\n' },
  app: { TOKEN: "it's $5" },
  'hosts/onode1/aws': { AWS_KEY: 'own' },
}

test('by group, by host, or all, sorted by name', async (t) => {
  const { open } = await projectIn(t, { secrets })
  const written = async (options: ExportOptions): Promise<string> =>
    (await exportSecrets(open(), options)).text.reveal()
  assert.equal(await written({ format: 'dotenv', groups: ['aws'] }), "AWS_KEY=one\nPEM='a\nb\n'\n")
  assert.equal(await written({ format: 'dotenv', groups: ['aws'], host: 'onode1' }), "AWS_KEY=own\nPEM='a\nb\n'\n")
  assert.equal(await written({ format: 'docker', groups: ['app'] }), "TOKEN=it's $5\n")
  assert.deepEqual(JSON.parse(await written({ format: 'json' })), { AWS_KEY: 'one', PEM: 'a\nb\n', TOKEN: "it's $5" })
  assert.match(await written({ format: 'shell' }), /^export TOKEN='it'\\''s \$5'$/m)
})

test('refused with the name and the reason, never a value', async (t) => {
  const { open } = await projectIn(t, { secrets })
  const error = await refusal('USAGE', exportSecrets(open(), { format: 'docker' }))
  assert.match(error.message, /^PEM cannot be written as docker/)
  await refusal('USAGE', exportSecrets(open(), { format: 'dotenv' }))
  await refusal('NOT_FOUND', exportSecrets(open(), { format: 'json', groups: ['awz'] }))
  await refusal('USAGE', exportSecrets(open(), { format: 'json', host: '../x' }))
})
