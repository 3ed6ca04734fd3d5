import assert from 'node:assert/strict'
import { test } from 'node:test'
import { again } from '../../src/cli/again.ts'
import type { Planned } from '../../src/cli/again.ts'
import { command as deploy } from '../../src/cli/commands/deploy.ts'
import { command as setup } from '../../src/cli/commands/setup.ts'

test('a plan is carried out with every flag it was made with', () => {
  const rows: readonly (readonly [Planned['flags'], readonly string[], string])[] = [
    [{}, [], 'lockstep deploy --expect ace2d863'],
    [
      { hosts: undefined, 'without-ledger': false, 'roll-back': [], check: true, expect: 'x' },
      [],
      'lockstep deploy --expect ace2d863',
    ],
    [{ hosts: 'host1,host2' }, [], 'lockstep deploy --hosts host1,host2 --expect ace2d863'],
    [
      { hosts: 'web:!host1', 'without-ledger': true, 'replace-files': true },
      [],
      "lockstep deploy --hosts 'web:!host1' --without-ledger --replace-files --expect ace2d863",
    ],
    [
      {
        'roll-back': ['A', 'B'],
        'accept-rolled-back': true,
        forget: ['host9'],
        again: ['host3'],
        'take-over': 'a1b2c3d4',
      },
      ['-K', '-J'],
      'lockstep deploy --roll-back A --roll-back B --accept-rolled-back --forget host9 --again host3 --take-over a1b2c3d4 --expect ace2d863 -- -K -J',
    ],
  ]
  for (const [flags, rest, line] of rows) assert.equal(again('deploy', { flags, rest }, 'ace2d863'), line)
})

test('what Ansible was given stands behind --, quoted; values of variables do not', () => {
  const rows: readonly (readonly [readonly string[], string])[] = [
    [['-i', 'hosts of mine'], "-i 'hosts of mine'"],
    [['-e', 'ansible_become_password=hunter2'], '-e ansible_become_password=…'],
    [['--extra-vars', '{"a": "hunter2"}', '-K'], '--extra-vars … -K'],
    [['--extra-vars=a=hunter2'], '--extra-vars=a=…'],
    [['-ea=hunter2'], '-ea=…'],
    [['-e', '@vars.yml', '-e@more.yml'], '-e @vars.yml -e@more.yml'],
  ]
  for (const [rest, line] of rows) assert.equal(again('setup', { flags: {}, rest }, 'f').split(' -- ')[1], line)
})

test('no flag of setup and deploy is forgotten', () => {
  for (const { flags = {} } of [setup, deploy]) {
    const given = Object.fromEntries(Object.keys(flags).map((name) => [name, true]))
    const line = again('deploy', { flags: given, rest: [] }, 'f')
    for (const name of Object.keys(flags)) assert.equal(line.includes(`--${name}`), name !== 'check', name)
  }
})
