import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditLimits } from '../../../src/core/audit/audit-limits.ts'
import type { Looked } from '../../../src/core/audit/audit-facts.ts'
import { auditMachine } from '../../../src/core/audit/audit-machine.ts'
import type { MachineFacts } from '../../../src/core/audit/machine-facts.ts'
import { auditFacts, auditInput, machine } from '../../support/audit.ts'

const now = 1_800_000_000
const year = 365 * 86_400

const input = (given: Partial<MachineFacts>, dumps = false) => {
  const process = { pid: 1, uid: 0, name: 'x', container: null, unit: null, dumps, arguments: [], environment: [0] }
  const processes = { seen: 1, unread: 0, found: [process] }
  const { asked } = auditInput({}).facts
  return auditInput({
    now,
    asked: asked === null ? null : { ...asked, before: now * 1000, after: now * 1000 },
    audit: auditFacts({ machine: machine(given), processes }),
  })
}

const audit = (given: Partial<MachineFacts>, dumps = false): readonly string[] =>
  auditMachine(input(given, dumps)).map((one) => `${one.id} ${one.message}`)

test('who is root besides root', () => {
  assert.deepEqual(audit({}), [])
  assert.deepEqual(audit({ superusers: ['toor'] }), ['ROOT-ACCOUNT toor: uid 0, as root has'])
  assert.deepEqual(audit({ sudo: ['ann', '%ops'] }), ['SUDO-ALL ann, %ops: everything as root, without a password'])
  assert.deepEqual(audit({ rootKeys: [{ kind: 'ssh-ed25519', comment: '' }] }), [
    'ROOT-KEYS one key logs in as root: ssh-ed25519',
  ])
  const rootKeys = ['ann@laptop', `x\u001b[2J${'y'.repeat(200)}`].map((comment) => ({ kind: 'ssh-rsa', comment }))
  assert.match(audit({ rootKeys }).join(), /^ROOT-KEYS 2 keys log in as root: ann@laptop, x\\u001b\[2Jy{40,60}…$/)
})

test('root logs in with a password where sshd and the account let it', () => {
  const open = { permitrootlogin: 'yes', passwordauthentication: 'yes', kbdinteractiveauthentication: 'no' }
  const cases: readonly (readonly [Partial<MachineFacts>, boolean])[] = [
    [{ sshd: open, rootPassword: true }, true],
    [{ sshd: open, rootPassword: null }, true],
    [{ sshd: open, rootPassword: false }, false],
    [{ sshd: { ...open, permitrootlogin: 'without-password' }, rootPassword: true }, false],
    [{ sshd: { ...open, passwordauthentication: 'no' }, rootPassword: true }, false],
    [
      { sshd: { ...open, passwordauthentication: 'no', kbdinteractiveauthentication: 'yes' }, rootPassword: true },
      true,
    ],
    [{ sshd: null, rootPassword: true }, false],
  ]
  for (const [given, isFound] of cases) {
    assert.deepEqual(
      audit(given).map((line) => line.split(' ')[0]),
      isFound ? ['ROOT-PASSWORD'] : [],
    )
  }
})

test('host keys that are weak or old', () => {
  const key = (kind: string, bits: number | null, age: number) =>
    audit({ hostKeys: [{ path: '/etc/ssh/k', kind, bits, changed: now - age }] })
  assert.deepEqual(key('ssh-ed25519', null, year), [])
  assert.deepEqual(key('ssh-rsa', 3072, year), [])
  assert.deepEqual(key('ssh-rsa', 1024, year), ['HOST-KEY-WEAK an RSA key of 1024 bits: it can be computed'])
  assert.deepEqual(key('ssh-dss', null, 9 * year), ['HOST-KEY-WEAK a DSA key: it can be computed'])
  assert.deepEqual(key('ssh-ed25519', null, 4 * year), ['HOST-KEY-OLD made 4 years ago'])
  assert.deepEqual(key('ssh-ed25519', null, -year), [])
})

test('where memory is written to', () => {
  assert.deepEqual(audit({ swap: [{ name: '/dev/dm-1', isSafe: true }] }), [])
  assert.deepEqual(audit({ swap: [{ name: '/swapfile', isSafe: false }] }), [
    'SWAP-OPEN /swapfile: memory with values in it is written there as it is',
  ])
  assert.deepEqual(audit({ corePattern: 'core' }, false), [])
  assert.deepEqual(audit({ corePattern: '' }, true), [])
  assert.deepEqual(audit({ corePattern: '|/bin/false' }, true), [])
  assert.deepEqual(audit({ corePattern: '|/usr/share/apport/apport %p' }, true), [
    'CORE-PATTERN a crash of a program that holds values writes them to disk (|/usr/share/apport/apport %p)',
  ])
})

test('the host’s clock, as far as the time of the answer lets it be known', () => {
  const clock = (before: number, after: number): readonly string[] => {
    const given = input({})
    const { asked } = given.facts
    assert.ok(asked)
    const times = { before: (now + before) * 1000, after: (now + after) * 1000 }
    return auditMachine({ ...given, facts: { ...given.facts, asked: { ...asked, ...times } } }).map(
      (one) => one.message,
    )
  }
  assert.deepEqual(clock(-1, 2), [])
  assert.deepEqual(clock(-60, 60), [], 'nobody knows when within a slow answer it was read')
  assert.deepEqual(clock(30, 35), [])
  assert.deepEqual(clock(31, 35), ['its clock is 31 s behind the one here'])
  assert.deepEqual(clock(-90, -40), ['its clock is 40 s ahead of the one here'])
})

test('what was not looked for, and not looked at, is said', () => {
  const limits = (leftOut: readonly string[], unread: number, incomplete: readonly Looked[]): readonly string[] => {
    const processes = { seen: 9, unread, found: [] }
    const given = auditInput({ audit: auditFacts({ processes, incomplete }) }, {}, leftOut)
    return auditLimits(given).map((one) => `${one.id} ${one.message}`)
  }
  assert.deepEqual(limits([], 0, []), [])
  assert.deepEqual(limits(['PIN'], 0, []), ['NOT-SOUGHT PIN: too short, too plain or too long to be looked for'])
  assert.deepEqual(limits([], 3, ['log', 'machine']), [
    'NOT-LOOKED-AT not wholly looked through: the environment of 3 processes, logs, accounts and keys',
  ])
  assert.deepEqual(auditLimits(auditInput({ audit: null, asked: null })), [])
})

test('a clock is off by more than the time the answer took, in either direction', () => {
  const at = (host: number, took: number): readonly string[] => {
    const asked = input({}).facts.asked
    if (asked === null) throw new Error('nothing was asked')
    const times = { ...asked, before: now * 1000, after: (now + took) * 1000 }
    return auditMachine(auditInput({ now: host, asked: times, audit: auditFacts() })).map(
      (one) => `${one.id} ${one.message}`,
    )
  }
  assert.deepEqual(at(now, 0), [])
  assert.deepEqual(at(now - 30, 5), [])
  assert.deepEqual(at(now + 65, 40), [])
  assert.deepEqual(at(now - 31, 5), ['CLOCK-OFF its clock is 31 s behind the one here'])
  assert.deepEqual(at(now + 100, 5), ['CLOCK-OFF its clock is 95 s ahead of the one here'])
})
