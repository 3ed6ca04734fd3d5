import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { consoleBlocks, steady } from '../support/console-blocks.ts'
import { temporary } from '../support/temporary.ts'

const root = resolve(import.meta.dirname, '..', '..')
const mark = '--- next ---'

/** One shell for all, as a reader has it: `cd` counts. */
const typed = (commands: readonly string[], home: string): readonly string[] => {
  const script = commands.map((line) => `${line}\necho '${mark}'`).join('\n')
  const env = { ...process.env, HOME: home, PATH: `${root}/bin:${process.env['PATH']}` }
  const done = spawnSync('bash', ['-c', `exec 2>&1; cd; ${script}`], { env, encoding: 'utf8' })
  return done.stdout.split(`${mark}\n`)
}

test('the quick start of the README prints what it says', (t) => {
  const shown = consoleBlocks(readFileSync(join(root, 'README.md'), 'utf8'))
  assert.ok(shown.length > 10)
  const said = typed(
    shown.map(({ command }) => command),
    temporary(t),
  )
  for (const [i, { command, output }] of shown.entries()) assert.equal(steady(said[i] ?? ''), steady(output), command)
})
