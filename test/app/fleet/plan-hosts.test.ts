import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fleetProject } from '../../../src/app/fleet/fleet-project.ts'
import { planHosts } from '../../../src/app/fleet/plan-hosts.ts'
import type { DesiredHost } from '../../../src/core/fleet/desired.ts'
import { fail } from '../../../src/core/errors.ts'
import { emptyLedger } from '../../../src/core/fleet/ledger.ts'
import { hostFacts } from '../../support/container.ts'
import { enrolled } from '../../support/hosts-in-memory.ts'
import { projectIn } from '../../support/project.ts'

const desired = (host: string): DesiredHost => ({
  host,
  directory: '/opt/shop',
  rung: 'host',
  scopes: [{ scope: 'host', uid: null, groups: [], secrets: [] }],
  containers: [],
})

for (const [what, broken, code, message] of [
  ['an error of ours', fail('TAMPERED', 'its facts cannot be'), 'TAMPERED', 'its facts cannot be'],
  ['an error of the language', new TypeError('perhaps a value'), 'INTERNAL', 'planning it broke with TypeError'],
] as const) {
  test(`${what} while one host is planned refuses that host alone`, async (t) => {
    const { open } = await projectIn(t)
    const truth = {
      targets: () => ['a', 'b', 'c', 'gone'],
      facts: (host: string) => (host === 'gone' ? null : hostFacts(enrolled(host))),
      desired: (host: string) => {
        if (host === 'b') throw broken
        return desired(host)
      },
    }
    const plans = planHosts(await fleetProject(open()), truth, {
      mode: 'deploy',
      rollBack: [],
      replaceFiles: false,
      acceptRolledBack: false,
      executable: null,
      ledger: emptyLedger('shop', 'production'),
      refused: new Map(),
    })
    assert.deepEqual(
      Array.from(plans.values(), ({ host, action }) => `${host} ${action}`),
      ['a deliver', 'b refused', 'c deliver'],
    )
    assert.equal(plans.get('b')?.problem?.code, code)
    assert.equal(plans.get('b')?.problem?.message, message)
  })
}
