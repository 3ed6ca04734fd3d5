import assert from 'node:assert/strict'
import { test } from 'node:test'
import { define, type Command } from '../../src/cli/command.ts'
import { hostsFlag } from '../../src/cli/fleet-flags.ts'
import { findCommand, peekGlobals } from '../../src/cli/globals.ts'
import { parse } from '../../src/cli/parse.ts'
import { commandHelp } from '../../src/cli/help.ts'
import { command as audit } from '../../src/cli/commands/audit.ts'
import { command as deploy } from '../../src/cli/commands/deploy.ts'
import { command as list } from '../../src/cli/commands/list.ts'
import { command as run } from '../../src/cli/commands/run.ts'
import { SecretsError } from '../../src/core/errors.ts'

const command: Command = define({
  name: 'sample',
  area: 'project',
  summary: 'a command for tests',
  args: [
    { name: 'SECRET', required: true, summary: 'first' },
    { name: 'FILE', many: true, summary: 'others' },
  ],
  flags: {
    group: { type: 'string', short: 'g', value: 'GROUP', summary: 'a group' },
    force: { type: 'boolean', short: 'f', summary: 'yes' },
    bytes: { type: 'integer', summary: 'how many' },
    only: { type: 'list', summary: 'several' },
    format: { type: 'string', choices: ['json', 'shell'], summary: 'which' },
    ...hostsFlag,
  },
  rest: { name: 'CMD', summary: 'a program' },
  examples: [],
  output: {},
  run: async () => ({ json: {} }),
})

const words = (line: string): readonly string[] => (line === '' ? [] : line.split(' '))

for (const [line, wanted] of [
  ['NAME', { args: { SECRET: 'NAME', FILE: [] } }],
  ['NAME a b', { args: { SECRET: 'NAME', FILE: ['a', 'b'] } }],
  ['NAME -', { args: { SECRET: 'NAME', FILE: ['-'] } }],
  ['-g aws NAME', { flags: { group: 'aws' } }],
  ['-gaws NAME', { flags: { group: 'aws' } }],
  ['-fg aws NAME', { flags: { group: 'aws', force: true } }],
  ['--group=aws NAME', { flags: { group: 'aws' } }],
  ['--group= NAME', { flags: { group: '' } }],
  ['NAME --only a,b --only c', { flags: { only: ['a', 'b', 'c'] } }],
  ['NAME --bytes 32', { flags: { bytes: 32 } }],
  ['NAME --limit web', { flags: { hosts: 'web' } }],
  ['NAME -l web', { flags: { hosts: 'web' } }],
  ['NAME -- ls -l --json', { rest: ['ls', '-l', '--json'] }],
  ['NAME -E staging --json', { globals: { environment: 'staging', json: true } }],
] as const) {
  test(`sample ${line}`, () => {
    const parsed = parse(command, words(line))
    const seen = { args: parsed.args, flags: parsed.flags, rest: parsed.rest, globals: parsed.globals }
    assert.partialDeepStrictEqual(seen, wanted)
  })
}

for (const [line, message, hint] of [
  ['', /^sample needs SECRET$/, /sample --help/],
  ['NAME --grup aws', /^sample has no flag --grup$/, /^did you mean --group\?$/],
  ['NAME --Hunter2.Value', /^sample has no flag$/, /--help/],
  ['NAME -x', /^unknown flag -x$/, /--help/],
  ['NAME --group', /^--group needs a value: --group GROUP$/, /--help/],
  ['NAME --group --force', /^--group needs a value/, /--help/],
  ['NAME --force=yes', /^--force takes no value$/, /--help/],
  ['NAME --bytes many', /^--bytes must be a whole number$/, /^lockstep sample --help$/],
  ['NAME --format jsn', /^--format must be one of json, shell$/, /did you mean json/],
  ['NAME -g a -g b', /^--group is given more than once$/, /^leave one of the two out$/],
  ['NAME=hunter2', /^a value never stands on the command line$/, /lockstep sample NAME$/],
] as const) {
  test(`sample ${line} is refused`, () => {
    assert.throws(
      () => parse(command, words(line)),
      (error: unknown) => {
        assert.ok(error instanceof SecretsError)
        assert.equal(error.code, 'USAGE')
        assert.match(error.message, message)
        assert.match(error.hint ?? '', hint)
        return true
      },
    )
  })
}

for (const [line, hint] of [
  ['deploy -K', 'behind --: lockstep deploy -- -K'],
  ['deploy --become', 'behind --: lockstep deploy -- --become'],
  ['deploy -i other', 'inventory: FILE in lockstep.yaml names it, or -E NAME another environment'],
  ['deploy -x', 'lockstep deploy --help'],
  ['deploy onode1 onode2', 'lockstep deploy --hosts onode1,onode2'],
  ['deploy KEY=hunter2', 'lockstep deploy --help'],
  ['run env', 'lockstep run -- env'],
  ['run KEY=hunter2', 'lockstep run --help'],
  ['list -K', 'lockstep list --help'],
  ['list --become', 'lockstep list --help'],
  ['list aws', 'lockstep list --help'],
] as const) {
  test(`${line}: what was probably meant`, () => {
    const [name = '', ...argv] = words(line)
    const asked = [deploy, run, list].find((one) => one.name === name) ?? command
    assert.throws(
      () => parse(asked, argv),
      (error: unknown) => error instanceof SecretsError && error.code === 'USAGE' && error.hint === hint,
    )
  })
}

test('where there are many choices neither help nor a refusal lists them', () => {
  assert.throws(() => parse(audit, ['--accept', 'WORLD-READABEL']), {
    code: 'USAGE',
    message: '--accept knows no such FINDING',
    hint: 'did you mean WORLD-READABLE?',
  })
  assert.doesNotMatch(commandHelp(audit), /KEY-BESIDE/)
  assert.match(commandHelp(audit), /--format VALUE .*\(table, json, sarif, junit\)/)
})

test('a value beside a name is refused without being repeated', () => {
  const set: Command = { ...command, name: 'set', args: [{ name: 'SECRET', required: true, summary: 'which' }] }
  assert.throws(
    () => parse(set, ['NAME', 'hunter2']),
    (error: unknown) => error instanceof SecretsError && !`${error.message}${error.hint}`.includes('hunter2'),
  )
})

test('a command without rest takes what follows -- as words', () => {
  const { rest: _, ...plain } = command
  assert.deepEqual(parse(plain, ['NAME', '--', '-f']).args, { SECRET: 'NAME', FILE: ['-f'] })
})

test('a required rest must be there', () => {
  const needy: Command = { ...command, name: 'run', args: [], rest: { name: 'CMD', required: true, summary: 'it' } }
  assert.throws(() => parse(needy, ['--']), /run needs -- CMD/)
})

test('the command is found behind global flags', () => {
  assert.deepEqual(findCommand(['-E', 'staging', '--json', 'get', 'X']), {
    name: 'get',
    argv: ['-E', 'staging', '--json', 'X'],
  })
  assert.equal(findCommand(['--json']), null)
  assert.equal(findCommand(['--', 'get']), null)
})

test('globals behind -- belong to the other program', () => {
  assert.partialDeepStrictEqual(peekGlobals(['run', '--', 'x', '--json', '--help']), { json: false, help: false })
})
