import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyLedger } from '../../../src/core/fleet/ledger.ts'
import { newestLedger } from '../../../src/core/fleet/newest-ledger.ts'
import type { Ledger, LedgerGeneration } from '../../../src/core/fleet/ledger.ts'
import { forgetHosts, leftFix, leftHosts } from '../../../src/core/fleet/ledger-left.ts'
import { refusal } from '../../support/refusal.ts'

const generation = (number: number): LedgerGeneration => ({
  number,
  id: `${number}`,
  revision: number,
  at: '2025-11-22T15:00:00Z',
  state: 'used',
  secrets: { KEY: number },
})

const ledger: Ledger = {
  ...emptyLedger('shop', 'production'),
  revision: 7,
  hosts: {
    onode1: { id: 'a', directory: '/opt/shop', current: 7, generations: [generation(6), generation(7)] },
    inode1: { id: 'b', directory: '/srv/my shop', current: 3, generations: [generation(3), generation(4)] },
    gnode1: { id: 'c', current: null, generations: [generation(1)] },
    clean: { id: 'd', current: null, generations: [] },
  },
}

test('hosts of the ledger that hold something and are given nothing', () => {
  const rows: readonly (readonly [readonly string[], readonly string[]])[] = [
    [['onode1', 'inode1', 'gnode1'], []],
    [['onode1'], ['gnode1 1', 'inode1 3']],
    [['onode1', 'inode1', 'anode1'], ['gnode1 1']],
  ]
  for (const [given, left] of rows) {
    assert.deepEqual(
      leftHosts(ledger, given).map((one) => `${one.host} ${one.generation}`),
      left,
    )
  }
})

test('what to type names the directory that was delivered to, and nothing but ours is removed', () => {
  const [gnode1, inode1] = leftHosts(ledger, ['onode1'])
  const owner = { project: 'shop', environment: 'staging' }
  assert.equal(
    leftFix(inode1 ?? assert.fail(), owner),
    "on inode1, as root: test -f '/srv/my shop/host.json' && docker ps -aq --filter label=lockstep.project=shop --filter label=lockstep.environment=staging | xargs -r docker rm -f && rm -r '/srv/my shop'; when that is done, or the machine is no more: lockstep deploy --forget inode1",
  )
  const unknown = leftFix(gnode1 ?? assert.fail(), owner)
  assert.doesNotMatch(unknown, /rm -r|\/opt|\/srv/)
  assert.match(unknown, /the one in which host\.json names gnode1 \(it was not written down which that is\); when/)
})

test('each word of what to type is one word, whatever hosts and directories are called', () => {
  const said = leftFix({ host: 'a;reboot', directory: '/srv/$(reboot)' }, { project: 'shop', environment: '`x`' })
  assert.match(said, /^on a;reboot, as root: test -f '\/srv\/\$\(reboot\)\/host\.json' && /)
  assert.match(said, / 'label=lockstep\.environment=`x`' /)
  assert.match(said, / rm -r '\/srv\/\$\(reboot\)'; .* --forget 'a;reboot'$/)
})

test('a forgotten host holds nothing, and an older copy of the ledger does not bring it back', () => {
  const forgotten = { ...forgetHosts(ledger, ['inode1'], ['onode1']), revision: 8 }
  const { ledger: newest } = newestLedger(new Map([['onode1', forgotten]]), {
    ledger,
    seen: { revision: 7, hosts: ['onode1'] },
  })
  assert.deepEqual(
    leftHosts(newest ?? assert.fail(), ['onode1']).map((one) => one.host),
    ['gnode1'],
  )
  assert.deepEqual(forgotten.hosts['onode1'], ledger.hosts['onode1'])
  assert.equal(forgetHosts(ledger, [], []), ledger)
})

test('a host that is given something, or holds nothing, is not forgotten', async () => {
  const forget = (host: string) => async (): Promise<unknown> => forgetHosts(ledger, [host], ['onode1'])
  assert.equal((await refusal('USAGE', forget('onode1'))).at, 'onode1')
  assert.match((await refusal('USAGE', forget('inode2'))).message, /; did you mean inode1\?$/)
  assert.match((await refusal('USAGE', forget('clean'))).hint ?? '', /^there is: gnode1, inode1$/)
})
