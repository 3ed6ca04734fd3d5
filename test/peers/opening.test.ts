/** A project that opens while the real Ansible starts. */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { SecretsError, fail } from '../../src/core/errors.ts'
import type { FleetScript, Prepared } from '../../src/core/fleet/fleet.ts'
import { portsIn } from '../support/project.ts'
import { refusal } from '../support/refusal.ts'
import { temporary } from '../support/temporary.ts'

const scriptOf = (seen: string[]): FleetScript => ({
  begin: ({ hosts }) => Object.keys(hosts),
  gone: (host) => void seen.push(`${host} gone`),
  phase: async ({ name }) => {
    seen.push(name)
    return { changed: false }
  },
})

const runningIn = (directory: string): readonly string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory)
    } catch {
      return false
    }
  })

for (const wait of [0, 150, 1500]) {
  test(`what cannot be opened, known after ${wait} ms, ends the run before any host is asked`, async (t) => {
    const directory = temporary(t, { hosts: 'a ansible_connection=local\n' })
    const { fleet } = portsIn(directory)
    const inventory = join(directory, 'hosts')
    const prepare = async (): Promise<Prepared> => {
      await sleep(wait)
      throw fail('TAMPERED', 'a file was swapped', { at: 'secrets/app.env' })
    }
    const refused = await refusal('TAMPERED', fleet.run({ prepare, inventory, directory, arguments: [] }))
    assert.equal(refused.at, 'secrets/app.env')
    assert.deepEqual(runningIn(inventory), [])
  })
}

test('a host that comes before the project is open waits for it', async (t) => {
  const directory = temporary(t, { hosts: 'a ansible_connection=local\n' })
  const { fleet } = portsIn(directory)
  const seen: string[] = []
  const prepare = async (): Promise<Prepared & { readonly seen: readonly string[] }> => {
    await sleep(2500)
    seen.push('open')
    return { patterns: [], script: scriptOf(seen), seen }
  }
  const prepared = await fleet.run({ prepare, inventory: join(directory, 'hosts'), directory, arguments: [] })
  assert.deepEqual(prepared.seen, ['open', 'a'])
})

test('the project comes first where both it and the inventory are wrong', async (t) => {
  const directory = temporary(t, { hosts: 'a ansible_host=192.0.2.1 foo\n' })
  const { fleet } = portsIn(directory)
  const prepare = async (): Promise<Prepared> => {
    await sleep(2000)
    throw fail('CONFLICT', 'the merge is not resolved')
  }
  const error = await fleet
    .run({ prepare, inventory: join(directory, 'hosts'), directory, arguments: [] })
    .catch((thrown: unknown) => thrown)
  assert.equal(error instanceof SecretsError && error.code, 'CONFLICT')
})
