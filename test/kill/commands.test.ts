/** The real program, killed at every system call by which a command changes files, and on a disk that fails there. */
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { builtProgram } from '../support/built.ts'
import { call } from '../support/call.ts'
import { newCanary, sightingsBelow } from '../support/canary.ts'
import { piped, portsIn, projectIn } from '../support/project.ts'
import { temporary } from '../support/temporary.ts'
import { distinct, eachOf, type End, killedAt, type Point, record, refusedAt, type Run } from './trace.ts'

const canaries = { old: newCanary(), fresh: newCanary(), other: newCanary() }

type Values = Readonly<Record<string, string>>

const before: Values = { AWS_KEY: canaries.old, SESSION_KEY: canaries.other }

interface Scenario {
  readonly name: string
  readonly args: readonly string[]
  readonly input?: string
  readonly files?: Readonly<Record<string, string>>
  readonly after: Values
  readonly env?: Readonly<Record<string, string>>
  /** Files that hold plaintext because the person put them there, while they are there. */
  readonly plain?: readonly string[]
  /** What standard output is for. */
  readonly prints?: string
  /** It changes files in no other way than one above: errors of the disk are tried there. */
  readonly killsOnly?: true
}

// As an editor does it: a new file, renamed over.
const editor = `sed -i s/${canaries.old}/${canaries.fresh}/`

const scenarios: readonly Scenario[] = [
  {
    name: 'set',
    args: ['set', 'AWS_KEY'],
    input: canaries.fresh,
    after: { ...before, AWS_KEY: canaries.fresh },
  },
  { name: 'get', args: ['get', 'AWS_KEY'], after: before, prints: canaries.old },
  { name: 'rm', args: ['rm', 'AWS_KEY'], after: { SESSION_KEY: canaries.other }, killsOnly: true },
  {
    name: 'import',
    args: ['import', 'new.env', '--group', 'aws', '--replace', '--remove-source'],
    files: { 'new.env': `AWS_KEY=${canaries.fresh}\nAWS_OTHER=x\n` },
    after: { ...before, AWS_KEY: canaries.fresh, AWS_OTHER: 'x' },
    plain: ['new.env'],
  },
  {
    name: 'edit',
    args: ['edit', 'aws'],
    env: { EDITOR: editor },
    after: { ...before, AWS_KEY: canaries.fresh },
    killsOnly: true,
  },
  { name: 'rekey', args: ['rekey'], after: before },
]

// A copy: what is in dist/ may be built anew meanwhile.
const directory = mkdtempSync(join(tmpdir(), 'lockstep-kill-'))
after(() => rmSync(directory, { recursive: true }))
cpSync(dirname(builtProgram()), directory, { recursive: true })
writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
const program = join(directory, 'bin.cjs')

/** What the project holds, read by a later run. */
const valuesIn = async (root: string): Promise<Values> => {
  const said = await call(['export', '--format', 'json', '--json'], portsIn(root))
  assert.equal(said.status, 0, said.stderr)
  const { secrets }: { secrets: Values } = JSON.parse(said.stdout)
  return secrets
}

const isOneOf = (values: Values, ...states: readonly Values[]): boolean =>
  states.some((state) => {
    const names = Object.keys(state)
    return Object.keys(values).length === names.length && names.every((name) => values[name] === state[name])
  })

const leftOver = (root: string): readonly string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.tmp$|transaction\.json$|lock$/.test(name),
  )

interface Prepared {
  readonly points: readonly Point[]
  fresh(name: string): Run & { readonly root: string }
}

const prepare = async (t: TestContext, scenario: Scenario): Promise<Prepared> => {
  const { root } = await projectIn(t, {
    secrets: { aws: { AWS_KEY: canaries.old }, session: { SESSION_KEY: canaries.other } },
    ...(scenario.files === undefined ? {} : { files: scenario.files }),
  })
  const top = temporary(t)
  const fresh = (name: string): Run & { readonly root: string } => {
    const place = join(top, name)
    mkdirSync(join(place, 'home'), { recursive: true })
    cpSync(root, join(place, 'project'), { recursive: true })
    const env = { HOME: join(place, 'home'), TMPDIR: join(place, 'home'), ...scenario.env }
    const run = { args: [program, ...scenario.args], cwd: join(place, 'project'), env, root: place }
    return scenario.input === undefined ? run : { ...run, input: scenario.input }
  }
  const undisturbed = fresh('undisturbed')
  const points = await record(undisturbed, join(top, 'log'))
  assert.ok(isOneOf(await valuesIn(undisturbed.cwd), scenario.after), 'undisturbed')
  return { points, fresh }
}

/** What holds after any accident: old or new, no plaintext, and the same command again brings it to its end. */
const checkAfter = async (
  scenario: Scenario,
  run: Run & { readonly root: string },
  { said, acknowledged }: { readonly said: string; readonly acknowledged: boolean },
): Promise<void> => {
  const plain = (scenario.plain ?? []).filter((name) => existsSync(join(run.cwd, name)))
  const seen = sightingsBelow([run.root], Object.values(canaries))
  const unwanted = seen.filter(({ where }) => !plain.some((name) => where === join(run.cwd, name)))
  assert.deepEqual(unwanted, [], said)
  const values = await valuesIn(run.cwd)
  if (acknowledged) assert.ok(isOneOf(values, scenario.after), `said to be done: ${said}`)
  assert.ok(isOneOf(values, before, scenario.after), `neither old nor new: ${said}`)
  if (scenario.plain !== undefined && plain.length === 0) {
    assert.ok(isOneOf(values, scenario.after), `the source is gone, its values are not there: ${said}`)
  }
  const machine = { ...portsIn(run.cwd).machine, environment: scenario.env ?? {} }
  const again = await call(scenario.args, portsIn(run.cwd, { ...piped(scenario.input ?? ''), machine }))
  const done = isOneOf(values, scenario.after)
  assert.ok(again.status === 0 || (done && again.status === 4), `again: ${again.stderr} ${said}`)
  assert.ok(isOneOf(await valuesIn(run.cwd), scenario.after), `again: ${said}`)
  // Where there was nothing left to change, the dead one's lock waits for the next change to take it over.
  const left = leftOver(run.cwd).filter((name) => !done || name !== '.lockstep/lock')
  assert.deepEqual(left, [], said)
  const verified = await call(['log', 'verify'], portsIn(run.cwd))
  assert.match(verified.stdout, /all as they were written/, `${said}: ${verified.stdout}`)
  rmSync(run.root, { recursive: true })
}

/** What left or changed is in the access log, whatever happened next. */
const checkLogged = (scenario: Scenario, run: Run, { said, isDone }: { said: string; isDone: boolean }): void => {
  if (!isDone) return
  const path = join(run.cwd, '.lockstep/access.jsonl')
  const entries = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []
  const sign = scenario.prints === undefined ? '"result":"begun"' : '"result":"done"'
  assert.ok(
    entries.some((line) => line.includes(`"command":"${scenario.name}"`) && line.includes(sign)),
    said,
  )
}

const needsDisk = ({ call: name }: Point): boolean => /^(?:openat|pwrite64|fsync|rename|link|mkdir)$/.test(name)

for (const scenario of scenarios) {
  test(`${scenario.name}, killed or out of disk at every change of a file`, async (t) => {
    const { points, fresh } = await prepare(t, scenario)
    assert.ok(points.length > 10, `${points.length} points`)
    const kills = distinct(points)
    const faults = points.flatMap((point) => [
      ...(kills.includes(point) ? [{ point, fault: 'KILL' }] : []),
      ...(scenario.killsOnly !== true && needsDisk(point)
        ? [{ point, fault: point.call === 'fsync' ? 'EIO' : 'ENOSPC' }]
        : []),
    ])
    let killed = 0
    await eachOf(faults, async ({ point, fault }, index) => {
      const run = fresh(`run${index}`)
      const said = `${fault} at ${point.shown}`
      const end: End = await (fault === 'KILL' ? killedAt(run, point) : refusedAt(run, point, fault))
      if (end.signal === 'SIGKILL') killed++
      else assert.ok(end.status === 0 || (fault !== 'KILL' && end.status === 6), `${said}: ${end.stderr}`)
      const told = Object.values(canaries).filter((canary) => `${end.stdout}${end.stderr}`.includes(canary))
      assert.ok(told.length === 0 || told.join() === scenario.prints, said)
      const isChanged = !isOneOf(await valuesIn(run.cwd), before)
      checkLogged(scenario, run, { said, isDone: isChanged || told.length > 0 })
      await checkAfter(scenario, run, { said, acknowledged: end.status === 0 })
    })
    assert.ok(killed >= kills.length * 0.9, `${killed} of ${kills.length} kills happened`)
    t.diagnostic(`${kills.length} kills, ${faults.length - kills.length} errors of the disk`)
  })
}

test('nothing of an editing session is left once another has run', () => {
  const left = readdirSync('/dev/shm').filter((name) => name.startsWith(`lockstep-edit-${process.getuid?.() ?? 0}-`))
  for (const name of left) assert.deepEqual(sightingsBelow([join('/dev/shm', name)], Object.values(canaries)), [])
})
