/** Everything that can be said without running the program: types, lint, layers, format. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { breaches } from './check-layers.ts'

const root = resolve(import.meta.dirname, '..')
const bin = (name: string): string => resolve(root, 'node_modules', '.bin', name)

const run = (what: string, command: string, args: readonly string[]): boolean => {
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  console.log(`${done.status === 0 ? 'ok  ' : 'FAIL'} ${what}`)
  return done.status === 0
}

const results = [
  run('types', bin('tsc'), ['-p', '.']),
  run('lint', bin('oxlint'), ['src', 'test', 'scripts', 'bench']),
  run('format', bin('oxfmt'), ['--check', 'src', 'test', 'scripts', 'bench']),
]
const found = breaches()
for (const line of found) console.error(line)
console.log(`${found.length === 0 ? 'ok  ' : 'FAIL'} layers`)
process.exitCode = results.every(Boolean) && found.length === 0 ? 0 : 1
