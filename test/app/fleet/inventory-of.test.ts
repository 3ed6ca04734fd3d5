import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findProject } from '../../../src/app/project/project.ts'
import { inventoryOf, readyInventory } from '../../../src/app/fleet/run-delivery.ts'
import { portsIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { temporary } from '../../support/temporary.ts'

const named = 'project: shop\ninventory: hosts/live\nenvironments: { staging: { inventory: hosts/staging } }\n'
const bare = 'project: shop\nenvironments: { staging: {} }\n'
const config = '[defaults]\ninventory = hosts/of-ansible\n'

/** Manifest, ansible.cfg, and which inventory the default environment and staging then have; null: ansible.cfg's. */
const table: readonly (readonly [string, string, string | null, string])[] = [
  [bare, '', 'inventory/production', 'inventory/staging'],
  [bare, config, null, 'inventory/staging'],
  [named, config, 'hosts/live', 'hosts/staging'],
]

for (const [manifest, ansible, live, staging] of table) {
  test(`inventories: ${JSON.stringify([manifest, ansible])}`, async (t) => {
    const ports = portsIn(temporary(t, { 'lockstep.yaml': manifest, 'ansible.cfg': ansible }))
    assert.equal(await inventoryOf(ports, await findProject(ports)), live)
    assert.equal(await inventoryOf(ports, await findProject(ports, { environment: 'staging' })), staging)
  })
}

test('an inventory that is not there is refused by its path, unless another one is named after --', async (t) => {
  const ports = portsIn(temporary(t, { 'lockstep.yaml': bare, 'inventory/staging': 'a\n' }))
  const project = await findProject(ports)
  const { at, hint } = await refusal('CONFIG', readyInventory(ports, project, ['-K']))
  assert.equal(at, 'inventory/production')
  assert.match(hint ?? '', /`inventory:` in lockstep.yaml/)
  for (const given of ['-i', '-ihosts', '--inventory=hosts']) {
    assert.equal(await readyInventory(ports, project, [given]), null)
  }
  const staging = await findProject(ports, { environment: 'staging' })
  assert.equal(await readyInventory(ports, staging, []), 'inventory/staging')
})
