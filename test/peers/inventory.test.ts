/** What the real Ansible makes of inventories that give no host, or not all of them. No host is reached. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { FleetScript, Prepared } from '../../src/core/fleet/fleet.ts'
import { portsIn } from '../support/project.ts'
import { refusal } from '../support/refusal.ts'
import { temporary } from '../support/temporary.ts'

const script: FleetScript = {
  begin: () => assert.fail('a host was heard of'),
  phase: () => assert.fail('a host was asked'),
  gone: () => assert.fail('a host was lost'),
}

const files = {
  empty: '',
  'group-of-none': '[workers]\n',
  broken: 'inode1 ansible_host=192.0.2.1 foo\n',
  'some/good': 'onode1 ansible_host=192.0.2.2\n',
  'some/broken': 'inode1 ansible_host=192.0.2.1 foo\n',
}

/** Inventory, what is said of it, and Ansible's own words. */
const table: readonly (readonly [string, RegExp, RegExp])[] = [
  ['empty', /holds none/, /provided hosts list is empty, only localhost is available/],
  ['group-of-none', /holds none/, /provided hosts list is empty/],
  ['broken', /inventory cannot be read/, /\/broken:1: Expected key=value host variable assignment, got: foo/],
  ['some', /inventory cannot be read/, /\/some\/broken:1: Expected key=value/],
  ['nowhere', /inventory cannot be read/, /Completely failed to parse inventory source .*\/nowhere$/],
]

for (const [inventory, says, hint] of table) {
  test(`inventory: ${inventory}`, async (t) => {
    const directory = temporary(t, files)
    const own = portsIn(directory)
    const environment = { PATH: process.env['PATH'], HOME: own.machine.home }
    const { fleet } = portsIn(directory, { machine: { ...own.machine, environment } })
    const prepare = async (): Promise<Prepared> => ({ patterns: [], script })
    const job = { prepare, inventory: join(directory, inventory), directory, arguments: [] }
    const refused = await refusal('CONFIG', fleet.run(job))
    assert.match(refused.message, says)
    assert.match(refused.hint ?? '', hint)
  })
}
