import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyLedger } from '../../../src/core/fleet/ledger.ts'
import { parseLedger, printLedger } from '../../../src/core/fleet/ledger.ts'
import type { SignedHead } from '../../../src/core/log/head.ts'
import { hearWitnesses, ledgerWitnesses, signedWitness } from '../../../src/core/log/witnesses.ts'
import { projectKeys } from '../../../src/crypto/fingerprint.ts'
import { logSeal } from '../../../src/crypto/log-seal.ts'
import { logKeys } from '../../support/log.ts'

const seal = logSeal(logKeys)
const head = (seq: number, more: Partial<SignedHead> = {}): SignedHead => ({
  ...seal.sign({ id: 'a'.repeat(32), seq, hash: String(seq).repeat(64), ...more }),
  ...(more.mac === undefined ? {} : { mac: more.mac }),
})

const verdict = {
  last: { id: 'a'.repeat(32), seq: 3, hash: '3'.repeat(64) },
  hashes: new Map([1, 2, 3].map((seq) => [seq, String(seq).repeat(64)])),
}

const heard = (seen: SignedHead): ReturnType<typeof hearWitnesses> =>
  hearWitnesses(verdict, [signedWitness('onode1', seen, seal.checkHead)])

test('who has seen the same agrees', () => {
  for (const seq of [1, 2, 3]) assert.deepEqual(heard(head(seq)), { problems: [], notes: [], agreeing: 1 })
})

const stranger = logSeal(projectKeys(new Uint8Array(32).fill(9)))

const table: readonly (readonly [name: string, seen: SignedHead, problem: RegExp | null, note: RegExp | null])[] = [
  ['cut off since', head(4), /onode1 has seen entry 4; the log ends with entry 3/, null],
  ['another entry', head(2, { hash: 'f'.repeat(64) }), /onode1 has seen another entry 2/, null],
  ['forged', head(2, { mac: 'f'.repeat(64) }), /what onode1 keeps of a log was not signed/, null],
  ['another clone’s', head(9, { id: 'b'.repeat(32) }), null, /onode1 knows another log, bbbbbbbb, up to entry 9/],
  ['of an unknown key', stranger.sign({ id: 'a'.repeat(32), seq: 9, hash: 'x' }), null, /not known here: onode1/],
]

for (const [name, seen, problem, note] of table) {
  test(`a witness: ${name}`, () => {
    const { problems, notes, agreeing } = heard(seen)
    assert.equal(agreeing, 0)
    assert.match(problems.map(({ message }) => message).join(), problem ?? /^$/)
    assert.match(notes.join(), note ?? /^$/)
  })
}

test('the ledger remembers the ends that deliveries began at, and one without is one of before', () => {
  const delivery = { revision: 1, run: 'r', at: 't', by: 'anna@desk', state: 'done', hosts: [] } as const
  const ledger = {
    ...emptyLedger('shop', 'production'),
    deliveries: [delivery, { ...delivery, revision: 2, log: head(2) }],
  }
  const read = parseLedger(printLedger(ledger), 'ledger')
  assert.deepEqual(read, ledger)
  assert.deepEqual(ledgerWitnesses(read, seal.checkHead), [
    { name: 'the ledger (delivery 2 by anna@desk)', seen: head(2), trust: 'good' },
  ])
})
