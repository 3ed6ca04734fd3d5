import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { define, type Command } from '../../src/cli/command.ts'
import { hostsFlag } from '../../src/cli/fleet-flags.ts'
import { completionScript } from '../../src/cli/completion.ts'

const silent = { area: 'fleet', examples: [], output: {}, run: async () => ({ json: {} }) } as const

const commands: readonly Command[] = [
  define({
    ...silent,
    name: 'deploy',
    summary: "deliver; don't [ever] stop: it's fine",
    flags: { ...hostsFlag, proof: { type: 'string', choices: ['mounted', 'reported'], summary: 'how' } },
  }),
  define({
    ...silent,
    name: 'completion',
    summary: 'print it',
    args: [{ name: 'SHELL', required: true, choices: ['bash', 'zsh', 'fish'], summary: 'which' }],
  }),
  define({ ...silent, name: 'merge-driver', summary: 'for git', hidden: true }),
]

/** What bash would offer for a line whose last word is being typed. */
const bashOffers = (line: readonly string[]): readonly string[] => {
  const script = `${completionScript('bash', commands)}
COMP_WORDS=(${line.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${line.length - 1}
_lockstep
printf '%s\\n' "\${COMPREPLY[@]}"`
  const done = spawnSync('bash', ['--norc', '-eu'], { input: script, encoding: 'utf8' })
  assert.equal(done.stderr, '')
  return done.stdout.split('\n').filter((word) => word !== '')
}

for (const [line, offers] of [
  [['de'], ['deploy']],
  [[''], ['deploy', 'completion', 'help']],
  [['--v'], ['--version']],
  [['-E', 'staging', 'com'], ['completion']],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [['completion', 'z'], ['zsh']],
  [['deploy', '--l'], ['--limit']],
  [
    ['deploy', '--proof', ''],
    ['mounted', 'reported'],
  ],
  [['deploy', '--hosts', 'x'], []],
  [['deploy', '--', '--l'], []],
] as const) {
  test(`bash offers for: ${line.join(' ')}`, () => {
    assert.deepEqual(bashOffers(['lockstep', ...line]), offers)
  })
}

test('the scripts name every command and flag, and no hidden one', () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = completionScript(shell, commands)
    for (const word of ['deploy', 'completion', 'hosts', 'limit', 'proof', 'reported', 'environment']) {
      assert.ok(script.includes(word), `${shell}: ${word}`)
    }
    assert.ok(!script.includes('merge-driver'))
  }
})
