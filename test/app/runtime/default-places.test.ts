import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findScope, scopePaths, type PlacePorts } from '../../../src/app/runtime/default-places.ts'
import { fail } from '../../../src/core/errors.ts'
import { unusedPorts } from '../../support/unused-ports.ts'

/** Ports of a machine where these paths can be read, and those may not be. */
const ports = (
  readable: readonly string[],
  denied: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): PlacePorts => ({
  machine: { ...unusedPorts.machine, environment },
  files: {
    read: async (path) => {
      if (denied.includes(path)) throw fail('DENIED', 'may not be read', { at: path })
      return readable.includes(path) ? new Uint8Array() : null
    },
  },
})
const app = { passwordFile: '/app/vault-password', directory: '/app/secrets' }
const live = { passwordFile: '/run/lockstep/current/vault-password', directory: '/run/lockstep/current/secrets' }
const credentials = { passwordFile: '/run/c/vault-password', directory: '/run/c' }
const everywhere = [app, live, credentials].map((one) => one.passwordFile)
const systemd = { CREDENTIALS_DIRECTORY: '/run/c' }

test('a scope is looked for in /app, in the live directory, among the credentials', async () => {
  assert.deepEqual(await findScope(ports(everywhere, [], systemd)), app)
  assert.deepEqual(await findScope(ports(everywhere.slice(1), [], systemd)), live)
  assert.deepEqual(await findScope(ports(everywhere.slice(2), [], systemd)), credentials)
  assert.equal(await findScope(ports(everywhere.slice(2))), null)
})

test('one that may not be read is not passed over', async () => {
  assert.deepEqual(await findScope(ports([live.passwordFile], [app.passwordFile])), app)
})

test('a place that is named is taken, and what is not there is the usual one', async () => {
  assert.deepEqual(await scopePaths(ports([live.passwordFile]), { directory: '/s' }), { ...app, directory: '/s' })
  assert.deepEqual(await scopePaths(ports([live.passwordFile]), {}), live)
  assert.deepEqual(await scopePaths(ports([]), {}), app)
})
