/** The completion scripts in the shells themselves. Needs zsh and fish. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { commands } from '../../src/cli/commands/index.ts'
import { completionScript } from '../../src/cli/completion.ts'

const directory = mkdtempSync(join(tmpdir(), 'lockstep-completion-'))
after(() => rmSync(directory, { recursive: true }))

const all = await Promise.all(Object.values(commands).map(async (load) => (await load()).command))
for (const shell of ['zsh', 'fish']) writeFileSync(join(directory, shell), completionScript(shell, all))

const ask = (shell: string, args: readonly string[], script: string): string => {
  const done = spawnSync(shell, [...args, '-c', script], { encoding: 'utf8', cwd: directory, timeout: 20_000 })
  assert.equal(done.stderr, '')
  return done.stdout
}

const fishOffers = (line: string): string => ask('fish', ['--no-config'], `source fish; complete -C '${line}'`)

test('fish offers commands, choices and flags', () => {
  assert.match(fishOffers('lockstep comp'), /^completion\t/m)
  assert.match(fishOffers('lockstep completion '), /^bash$/m)
  assert.match(fishOffers('lockstep --ver'), /^--version\t/m)
})

/** What stands on the line after Tab. Completion only runs in a line editor: zsh's own pseudo-terminal gives it one. */
const zshCompletes = (line: string): string =>
  ask(
    'zsh',
    ['-f'],
    `zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PS1=; autoload -U compinit; compinit -u -D; source ./zsh; print read''y'
zpty -r -m z seen '*ready*'
sleep 1 # its line editor starts after that, and reads what was typed before as plain text
zpty -w -n z $'${line}\\t'
sleep 1.5 # the first Tab loads functions
zpty -w -n z $'\\C-a: \\C-e >&2; print -r -- "line=[$_]"'
zpty -w z ''
zpty -r -m z seen '*line=*]*'
print -r -- $seen`,
  )

test('zsh completes commands, choices and flags', () => {
  assert.match(zshCompletes('lockstep complet'), /lockstep completion/)
  assert.match(zshCompletes('lockstep completion fi'), /lockstep completion fish/)
  assert.match(zshCompletes('lockstep -E x completion --ver'), /--version/)
})
