import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ListedBackup } from '../../../src/core/backup/backup-list.ts'
import { damageFix, learnDamage, type Damage } from '../../../src/core/backup/damage.ts'
import { planMend, type MendSeen } from '../../../src/core/backup/mend-plan.ts'

const listed = (name: string, copies: readonly string[]): ListedBackup => ({
  name,
  number: 1,
  made: '',
  size: 1,
  digest: '',
  verified: null,
  copies,
})

const wrong = (kind: Damage['kind'], host: string | null, name = 'x'): Damage => ({ host, kind, name, message: '' })

const seen = (more: Partial<MendSeen>): MendSeen => ({
  backups: [listed('x', ['a', 'b'])],
  damage: [],
  here: new Set(),
  fetched: new Map(),
  asked: ['a', 'b'],
  drop: false,
  ...more,
})

test('every place gets the bytes back from one that has them, and what nobody has goes only where that was said', () => {
  const table: readonly (readonly [string, MendSeen, steps: readonly string[], lost: readonly string[]])[] = [
    ['nothing is wrong', seen({ here: new Set(['x']) }), [], []],
    [
      'copies from here',
      seen({ here: new Set(['x']), damage: [wrong('changed', 'a'), wrong('missing', 'b')] }),
      ['a x written from here', 'b x written from here'],
      [],
    ],
    [
      'the archive from a host, and with it the other host’s copy',
      seen({ fetched: new Map([['x', 'b']]), damage: [wrong('missing', null), wrong('swapped', 'a')] }),
      ['here x written from b', 'a x written from b'],
      [],
    ],
    [
      'nobody has it',
      seen({ damage: [wrong('missing', null), wrong('changed', 'a'), wrong('missing', 'b')] }),
      [],
      ['x'],
    ],
    [
      'nobody has it, and it may go',
      seen({ drop: true, damage: [wrong('changed', null), wrong('changed', 'a'), wrong('missing', 'b')] }),
      ['here x dropped', 'a x dropped', 'b x dropped'],
      ['x'],
    ],
    [
      'a host that may have it did not answer',
      seen({ drop: true, asked: ['a'], damage: [wrong('missing', null)] }),
      [],
      [],
    ],
    [
      'what nobody listed, and what somebody put back, is for people',
      seen({ drop: true, damage: [wrong('extra', null, 'y'), wrong('rolled back', null), wrong('unreadable', null)] }),
      [],
      [],
    ],
  ]
  for (const [what, input, steps, lost] of table) {
    const plan = planMend(input)
    assert.deepEqual(
      plan.steps.map(
        ({ host, name, how, from }) =>
          `${host ?? 'here'} ${name} ${how}${how === 'written' ? ` from ${from ?? 'here'}` : ''}`,
      ),
      steps,
      what,
    )
    assert.deepEqual(plan.lost, lost, what)
    assert.equal(plan.steps.length + plan.left.length, input.damage.length, what)
  }
})

test('what was found stays known for places that nobody looked at since, and not for hosts that left', () => {
  const before = [wrong('missing', null), wrong('missing', 'a'), wrong('changed', 'b'), wrong('changed', 'gone')]
  const found = learnDamage(
    before,
    [
      { host: null, problems: [] },
      { host: 'a', problems: [{ kind: 'changed', name: 'y', message: '' }] },
    ],
    (host) => host === 'gone',
  )
  assert.deepEqual(
    found.map(({ host, kind, name }) => `${host} ${kind} ${name}`),
    ['a changed y', 'b changed x'],
  )
})

test('each kind names what mends it', () => {
  assert.equal(damageFix(wrong('renamed', 'a')), 'lockstep backup-verify --fix')
  assert.equal(damageFix(wrong('rolled back', null)), 'lockstep backup, then lockstep backup-verify')
  assert.match(damageFix(wrong('extra', null, 'a b')), /^rm 'backups\/a b', once/)
  assert.match(damageFix(wrong('extra', 'host1', 'y')), /^on host1, .*: rm backups\/y, once/)
})
