/** npm test [-- SUITE…]: every suite that this machine can run, a few test files at a time. With CI=true a suite that
 *  cannot run is a failure. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { runTests } from './run-tests.ts'
import { type Suite, suites } from './test-suites.ts'

const root = resolve(import.meta.dirname, '..')
const strict = /^(?:1|true)$/i.test(process.env['CI'] ?? '')

interface Line {
  readonly name: string
  readonly good: boolean
  readonly says: string
}

const seconds = (start: number): string => `${((performance.now() - start) / 1000).toFixed(1)} s`

const script = (args: readonly string[]): boolean =>
  spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0

const check = (): Line => {
  console.log('\n== check: types, lint, format, layers')
  const start = performance.now()
  const good = script(['scripts/check.ts'])
  return { name: 'check', good, says: `${good ? 'ok' : 'FAILED'}, ${seconds(start)}` }
}

/** Files of a suite that are named for the time they took: the whole run is to stay under a quarter of an hour. */
const shown = 12

const runSuite = async ({ name, shows, lacks, before, files, ...how }: Suite): Promise<Line> => {
  if (lacks.length > 0) {
    const says = `NOT RUN: it needs ${lacks.join(', ')}`
    console.log(`\n== ${name}: ${says}`)
    return { name, good: !strict, says }
  }
  console.log(`\n== ${name}: ${shows}`)
  const start = performance.now()
  for (const each of before) {
    if (!script([each])) return { name, good: false, says: `FAILED: ${each} failed` }
  }
  const { passed, failed, skipped, took } = await runTests(files, how)
  for (const each of skipped) console.log(`skipped ${each}`)
  const longest = took.slice(0, shown).map(({ file, seconds: of }) => `${of.toFixed(0)} s ${file}`)
  if (files.length > 1) console.log(`longest: ${longest.join(', ')}`)
  const good = failed === 0 && passed > 0 && !(strict && skipped.length > 0)
  const counts = `${passed} passed, ${failed} failed, ${skipped.length} skipped`
  return { name, good, says: `${good ? '' : 'FAILED: '}${counts}, ${files.length} files, ${seconds(start)}` }
}

const choose = (wanted: readonly string[]): readonly Suite[] => {
  const all = suites()
  const names = ['check', ...all.map(({ name }) => name)]
  const unknown = wanted.filter((name) => !names.includes(name))
  if (unknown.length === 0) return wanted.length === 0 ? all : all.filter(({ name }) => wanted.includes(name))
  console.error(`there is no suite ${unknown.join(', ')}; there are ${names.join(', ')}`)
  return process.exit(2)
}

const start = performance.now()
const wanted = process.argv.slice(2)
const chosen = choose(wanted)
const lines: Line[] = wanted.length === 0 || wanted.includes('check') ? [check()] : []
for (const suite of chosen) lines.push(await runSuite(suite))

console.log(`\n== summary (node ${process.version}, ${seconds(start)})`)
const width = Math.max(...lines.map(({ name }) => name.length))
for (const { name, good, says } of lines) console.log(`${good ? 'ok  ' : 'FAIL'} ${name.padEnd(width)}  ${says}`)
process.exit(lines.every(({ good }) => good) ? 0 : 1)
