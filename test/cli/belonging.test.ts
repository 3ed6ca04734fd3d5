import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actionsOf } from '../../src/cli/belonging.ts'
import type { Belonging, Command } from '../../src/cli/command.ts'
import { commandHelp } from '../../src/cli/help.ts'
import { commands } from '../../src/cli/commands/index.ts'
import { parse } from '../../src/cli/parse.ts'
import { SecretsError } from '../../src/core/errors.ts'

const named = async (line: string): Promise<readonly [Command, readonly string[]]> => {
  const [name = '', ...argv] = line.split(' ')
  return [(await (commands[name] ?? assert.fail(name))()).command, argv]
}

for (const [line, message, hint] of [
  ['backup list --keep 3', '--keep says nothing to lockstep backup list', 'lockstep backup prune --keep N'],
  ['backup --keep 3', '--keep says nothing to lockstep backup', 'lockstep backup prune --keep N'],
  ['backup recovery --check', '--check says nothing to lockstep backup recovery', 'lockstep backup --check'],
  ['backup list shop.backup', 'NAME says nothing to lockstep backup list', 'lockstep backup drill NAME'],
  ['backup list -l web', '--hosts says nothing to lockstep backup list', 'lockstep backup --hosts PATTERN'],
  ['backup --local --hosts web', '--hosts and --local do not go together', 'lockstep backup --help'],
  [
    'backup drill -- -K',
    '-- ANSIBLE-ARGUMENTS says nothing to lockstep backup drill',
    'lockstep backup -- ANSIBLE-ARGUMENTS',
  ],
  ['log events --since 1d', '--since says nothing to lockstep log events', 'lockstep log show --since TIME'],
  ['log show --fleet', '--fleet says nothing to lockstep log show', 'lockstep log verify --fleet'],
  ['log verify --hosts web', '--hosts says nothing without --fleet', 'lockstep log verify --fleet --hosts PATTERN'],
  ['log show --format csv', '--format says nothing to lockstep log show', 'lockstep log export --format FORMAT'],
  ['alerts list --to 2', '--to says nothing to lockstep alerts list', 'lockstep alerts test --to N'],
  [
    'schedule list --systemd',
    '--systemd says nothing to lockstep schedule list',
    'lockstep schedule install --systemd',
  ],
  [
    'schedule remove --textfile /x',
    '--textfile says nothing to lockstep schedule remove',
    'lockstep schedule install --textfile PATH',
  ],
  [
    'metrics --allow-remote',
    '--allow-remote says nothing without --listen',
    'lockstep metrics --listen ADDRESS:PORT --allow-remote',
  ],
  [
    'metrics --listen 127.0.0.1:1 --textfile x',
    '--listen and --textfile do not go together',
    'lockstep metrics --help',
  ],
  ['audit --check', '--check says nothing without --fix', 'lockstep audit --fix --check'],
  [
    'audit --path /x',
    '--path says nothing without --accept or --withdraw',
    'lockstep audit --accept FINDING --path PATH',
  ],
  ['setup --watch --no-watch', '--watch and --no-watch do not go together', 'lockstep setup --help'],
  [
    'setup --forget-events',
    '--forget-events says nothing without --no-watch',
    'lockstep setup --no-watch --forget-events',
  ],
  ['rotate history --due', '--due says nothing to lockstep rotate history', 'lockstep rotate --due'],
  ['rotate history --check', '--check says nothing to lockstep rotate history', 'lockstep rotate --check'],
  [
    'rotate history aws',
    'lockstep rotate history takes no other word',
    'lockstep rotate history alone; a group of that name is named by its secrets',
  ],
  ['operators list anna', 'NAME says nothing to lockstep operators list', 'lockstep operators add NAME'],
] as const) {
  test(`${line} is refused`, async () => {
    const [command, argv] = await named(line)
    assert.throws(
      () => parse(command, argv),
      (error: unknown) => {
        assert.ok(error instanceof SecretsError)
        assert.deepEqual([error.code, error.message, error.hint], ['USAGE', message, hint])
        return true
      },
    )
  })
}

for (const line of [
  'rotate aws history --due',
  'rotate history -- -K',
  'backup --check',
  'backup prune --keep 3 --check',
  'log verify --fleet --hosts web',
  'log pull -l web -- -K',
  'log events --host web --last 3',
  'setup --no-watch --forget-events',
  'audit --fix --check',
  'backup list --help --keep 3',
]) {
  test(`${line} is taken`, async () => {
    const [command, argv] = await named(line)
    parse(command, argv)
  })
}

test('help says what a flag belongs to', async () => {
  const [backup] = await named('backup')
  assert.match(commandHelp(backup), /--keep N +prune: how many stay/)
  assert.match(commandHelp(backup), /--local +alone, prune: only here/)
  const [audit] = await named('audit')
  assert.match(commandHelp(audit), /--until DAY +with --accept: how long/)
})

for (const [name, load] of Object.entries(commands)) {
  test(`${name}: what its parts belong to is there`, async () => {
    const { command } = await load()
    const flags = Object.keys(command.flags ?? {})
    const actions = ['', ...actionsOf(command)]
    const parts: readonly Belonging[] = [
      ...(command.args ?? []),
      ...Object.values(command.flags ?? {}),
      command.rest ?? {},
    ]
    for (const { for: needs = [], not = [] } of parts) {
      for (const word of needs.flatMap((need) => need.split(' ')))
        assert.ok(word.startsWith('--') ? flags.includes(word.slice(2)) : actions.includes(word), word)
      for (const other of not) assert.ok(flags.includes(other), other)
    }
  })
}
