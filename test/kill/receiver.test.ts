/** The receiver, killed at every system call by which it changes a host's files, and on a disk that fails there. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { after, suite, test } from 'node:test'
import type { Operation } from '../../src/core/fleet.ts'
import { scopeFiles } from '../support/scope.ts'
import { type Call, onHost, record, type Step } from './host-call.ts'

const place = mkdtempSync(join(tmpdir(), 'lockstep-receiver-'))
after(() => rmSync(place, { recursive: true }))

const identity = { project: 'shop', environment: 'production', host: 'onode1', id: '1'.repeat(32) }
const idOf = (number: number): string => number.toString(16).padStart(32, '0')
const generations = new Map(
  await Promise.all(
    [1, 2, 3].map(async (number) => [number, await scopeFiles({ aws: { K: 'v' } }, { number })] as const),
  ),
)

/** A call of the run of this letter, on a copy of what is below `directory`. */
type Made = (directory: string, run: string) => Call

const base = (op: Operation['op'], directory: string, run: string): Operation => ({
  op,
  directory,
  identity,
  run: run.repeat(32),
  revision: run.charCodeAt(0),
  lease: { holder: `${run}@test (pid 1)`, seconds: 600, over: 'ab'.includes(run) ? 'x' : previous(run).repeat(32) },
})

const previous = (run: string): string => String.fromCharCode(run.charCodeAt(0) - 1)

const stage =
  (number: number, keep: readonly number[]): Made =>
  (directory, run) => {
    const files = [...(generations.get(number) ?? [])]
    const header = {
      ...base('stage', directory, run),
      generation: { number, id: idOf(number) },
      files: files.map(([path]) => ({ path })),
      ledger: true,
      switch: true,
      keep,
      release: true,
      replace: false,
    }
    return { operation: header, blobs: [...files.map(([, bytes]) => bytes), Buffer.from(`ledger of ${number}`)] }
  }

const enrol: Made = (directory, run) => ({ operation: base('enrol', directory, run) })
const ledger: Made = (directory, run) => ({
  operation: { ...base('record', directory, run), ledger: true },
  blobs: [Buffer.from('the final ledger')],
})
const program = Buffer.from('#!/bin/sh\n')
const install: Made = (directory, run) => ({
  operation: {
    ...base('install', directory, run),
    path: 'bin/lockstep',
    mode: 0o755,
    sha256: createHash('sha256').update(program).digest('hex'),
  },
  blobs: [gzipSync(program)],
})
const hold: Made = (directory, run) => {
  const { operation, blobs = [] } = stage(2, [])(directory, run)
  return { operation: { ...operation, switch: undefined, ledger: false }, blobs: blobs.slice(0, -1) }
}

interface Scenario {
  readonly name: string
  /** What was done on the host before. */
  readonly before: readonly Made[]
  readonly made: Made
  /** Generations one of which is in force afterwards; null: none. */
  readonly current: readonly (number | null)[]
  /** What a later run does first. */
  readonly again?: readonly Made[]
  /** What comes after it. */
  readonly then?: readonly Made[]
}

const scenarios: readonly Scenario[] = [
  { name: 'the first set-up', before: [], made: enrol, current: [null], then: [stage(1, [1])] },
  { name: 'the first generation', before: [enrol], made: stage(1, [1]), current: [null, 1] },
  {
    name: 'a delivery',
    before: [enrol, stage(1, [1]), stage(2, [2, 1])],
    made: stage(3, [3, 2]),
    current: [2, 3],
  },
  { name: 'the record', before: [enrol, stage(1, [1])], made: ledger, current: [1] },
  { name: 'the executable', before: [enrol, stage(2, [2]), hold], made: install, current: [2], again: [hold] },
]

/** Everything below a host's directory: names, kinds, modes, contents; of the lease only who holds the host. */
const treeOf = (directory: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((name) => [name, shown(join(directory, name))]),
  )

const shown = (path: string): string => {
  const facts = lstatSync(path)
  const mode = (facts.mode & 0o777).toString(8)
  if (facts.isSymbolicLink()) return `-> ${readlinkSync(path)}`
  if (facts.isDirectory()) return `directory ${mode}`
  const text = readFileSync(path, 'latin1')
  return `${mode} ${path.endsWith('lease.json') ? JSON.parse(text).run === null : text}`
}

let count = 0
const copyOf = (directory: string): string => {
  const copy = join(place, `case-${count++}`)
  cpSync(directory, copy, { recursive: true, verbatimSymlinks: true })
  return copy
}

const accepted = async (call: Call): Promise<Readonly<Record<string, unknown>>> => {
  const { ok, refused } = await onHost(call)
  return ok ?? assert.fail(`refused: ${JSON.stringify(refused)}`)
}

const factsOf = (directory: string): Promise<Readonly<Record<string, unknown>>> =>
  accepted({ operation: { op: 'inspect', directory } })

/** The generation in force and the newest one are whole. */
const isWhole = async (directory: string, { current }: Scenario, at: string): Promise<unknown> => {
  const facts = await factsOf(directory)
  assert.ok(
    current.some((one) => one === facts['current']),
    `${at}: ${facts['current']} in force`,
  )
  assert.doesNotMatch(JSON.stringify([facts['scopes'], facts['staged']]), /"wrong":\["/, at)
  if (facts['current'] !== null) assert.match(JSON.stringify(facts['scopes']), /"wrong":\[\]/, at)
  return facts['leftovers']
}

const faults = {
  killed: 'signal=KILL',
  'out of disk': 'error=ENOSPC',
  'with a failing disk': 'error=EIO',
} as const

const named: Readonly<Record<keyof typeof faults, RegExp>> = {
  killed: /never/,
  'out of disk': /disk is full/,
  'with a failing disk': /disk fails/,
}

for (const scenario of scenarios) {
  suite(scenario.name, { concurrency: 2 }, async () => {
    const start = join(place, scenario.name)
    mkdirSync(start, { mode: 0o700 })
    for (const [index, made] of scenario.before.entries()) await accepted(made(start, String.fromCharCode(97 + index)))
    const [one, two] = ['o', 'p']
    const undisturbed = copyOf(start)
    const call = scenario.made(undisturbed, one)
    const holder = scenario.again === undefined ? one : String.fromCharCode(96 + scenario.before.length)
    const held = { ...call, operation: { ...call.operation, run: holder.repeat(32) } }
    const steps = await record(held, join(place, `${count++}.log`))
    for (const made of scenario.then ?? []) await accepted(made(undisturbed, two))
    const end = treeOf(undisturbed)

    const hit = async (step: Step, fault: keyof typeof faults): Promise<void> => {
      const at = `${fault} at ${step.shown}`
      const directory = copyOf(start)
      const first = scenario.made(directory, one)
      const disturbed = { ...first, operation: { ...first.operation, run: holder.repeat(32) } }
      const inject = `inject=${step.call}:${faults[fault]}:when=${step.count}`
      const answer = await onHost(disturbed, ['-o', '/dev/null', '-e', `trace=${step.call}`, '-e', inject])
      if (fault === 'killed') assert.equal(answer.signal, 'SIGKILL', at)
      else assert.match(answer.refused?.message ?? '', named[fault], at)
      const leftovers = await isWhole(directory, scenario, at)
      // it may not clean up where cleaning up is what fails
      if (fault !== 'killed' && step.call !== 'unlinkat') assert.deepEqual(leftovers, [], at)
      for (const made of scenario.again ?? []) await accepted(made(directory, two))
      for (const made of [scenario.made, ...(scenario.then ?? [])]) await accepted(made(directory, two))
      assert.deepEqual(treeOf(directory), end, at)
      rmSync(directory, { recursive: true })
    }

    test('there are steps to disturb', () => assert.ok(steps.length > 4, String(steps.length)))
    for (const fault of ['killed', 'out of disk', 'with a failing disk'] as const) {
      test(`${fault} at any of its ${steps.length} steps: the old state or the new, and the next run ends it`, async () => {
        for (const step of steps) await hit(step, fault)
      })
    }
  })
}
