/** The receiver, killed at every system call by which it changes a host's files, and on a disk that fails there. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { after, suite, test } from 'node:test'
import type { Operation } from '../../src/core/fleet/fleet.ts'
import { Secret } from '../../src/core/secret.ts'
import { openVault } from '../../src/crypto/ansible-vault.ts'
import { openManifest } from '../../src/crypto/manifest-mac.ts'
import { nullOnSync } from '../../src/io/system-error.ts'
import { scopeFiles } from '../support/scope.ts'
import { type Call, onHost, record, type Step } from './host-call.ts'
import { distinct } from './trace.ts'

const place = mkdtempSync(join(tmpdir(), 'lockstep-receiver-'))
after(() => rmSync(place, { recursive: true }))

const identity = { project: 'shop', environment: 'production', host: 'onode1', id: '1'.repeat(32) }
const idOf = (number: number): string => number.toString(16).padStart(32, '0')
const generations = new Map(
  await Promise.all(
    [1, 2, 3].map(async (number) => [number, await scopeFiles({ aws: { K: 'v' } }, { number })] as const),
  ),
)

/** A call of the run of this number, the next one after which may take its lease, on what is below `directory`. */
type Made = (directory: string, run: number) => Call

const base = (op: Operation['op'], directory: string, run: number): Operation => ({
  op,
  directory,
  identity,
  run: nameOf(run),
  revision: run + 1,
  lease: { holder: `run ${run}`, seconds: 600, over: nameOf(run - 1) },
})

const nameOf = (run: number): string => String(run).padStart(32, '0')

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
const archive = Buffer.from('a sealed archive')
const keep: Made = (directory, run) => ({
  operation: {
    ...base('keep_backup', directory, run),
    name: 'shop-20261123T003512Z-0001.backup',
    digest: createHash('sha256').update(archive).digest('hex'),
    note: '{}',
  },
  blobs: [archive],
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
  readonly next?: readonly Made[]
}

const scenarios: readonly Scenario[] = [
  { name: 'the first set-up', before: [], made: enrol, current: [null], next: [stage(1, [1])] },
  { name: 'the first generation', before: [enrol], made: stage(1, [1]), current: [null, 1] },
  {
    name: 'a delivery',
    before: [enrol, stage(1, [1]), stage(2, [2, 1])],
    made: stage(3, [3, 2]),
    current: [2, 3],
  },
  { name: 'the record', before: [enrol, stage(1, [1])], made: ledger, current: [1] },
  { name: 'a copy of a backup', before: [enrol], made: keep, current: [null] },
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

/** What `current` names is one of those expected; it and every other generation is whole. */
const isWhole = async (directory: string, { current }: Scenario, at: string): Promise<void> => {
  const target = nullOnSync(['ENOENT'], () => readlinkSync(join(directory, 'current')))
  const number = target === null ? null : Number(target.slice('generations/'.length))
  assert.ok(current.includes(number), `${at}: ${number} in force`)
  const found = nullOnSync(['ENOENT'], () => readdirSync(join(directory, 'generations'))) ?? []
  if (number !== null) assert.ok(found.includes(String(number)), at)
  for (const name of found.filter((one) => /^\d+$/.test(one))) await isPair(join(directory, 'generations', name), at)
}

/** The password opens the files, and they are the ones that its manifest names. */
const isPair = async (generation: string, at: string): Promise<void> => {
  const password = new Secret(readFileSync(join(generation, 'vault-password'), 'utf8').trim())
  const { files } = openManifest(readFileSync(join(generation, 'secrets/manifest.json'), 'utf8'), password, { at })
  for (const [name, { sha256 }] of Object.entries(files)) {
    const bytes = readFileSync(join(generation, 'secrets', name))
    assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256, at)
    await openVault(bytes, password)
  }
}

/** Temporary names, less those of generations that were on their way out. */
const halfDone = (directory: string, { current }: Scenario): readonly string[] =>
  Object.keys(treeOf(directory)).filter((path) => {
    const old = /^generations\/\.(\d+)\./.exec(path)?.[1]
    return path.includes('.tmp') && (old === undefined || current.includes(Number(old)))
  })

const faults = {
  killed: 'signal=KILL',
  'out of disk': 'error=ENOSPC',
  'with a failing disk': 'error=EIO',
} as const

/** Where each can strike: a kill where it leaves something of its own, an error where the disk is asked for room, or to
 *  keep what it has. */
const strikes: Readonly<Record<keyof typeof faults, (steps: readonly Step[]) => readonly Step[]>> = {
  killed: distinct,
  'out of disk': (steps) => steps.filter(({ call }) => /^(?:openat|write|mkdirat|symlinkat|renameat)$/.test(call)),
  'with a failing disk': (steps) =>
    steps.filter(({ call }) => /^(?:write|fsync|unlinkat|fchmod|fchown|ftruncate)$/.test(call)),
}

const named: Readonly<Record<keyof typeof faults, RegExp>> = {
  killed: /never/,
  'out of disk': /disk is full/,
  'with a failing disk': /disk fails/,
}

for (const scenario of scenarios) {
  suite(scenario.name, { concurrency: 2 }, async () => {
    const start = join(place, scenario.name)
    mkdirSync(start, { mode: 0o700 })
    for (const [index, made] of scenario.before.entries()) await accepted(made(start, index))
    // where it has to hold the host already, it is the run that came before
    const one = scenario.before.length - (scenario.again === undefined ? 0 : 1)
    const two = one + 1
    const undisturbed = copyOf(start)
    const steps = await record(scenario.made(undisturbed, one), join(place, `${count++}.log`))
    for (const made of scenario.next ?? []) await accepted(made(undisturbed, two))
    const end = treeOf(undisturbed)

    const hit = async (step: Step, fault: keyof typeof faults): Promise<void> => {
      const at = `${fault} at ${step.shown}`
      const directory = copyOf(start)
      const inject = `inject=${step.call}:${faults[fault]}:when=${step.count}`
      const answer = await onHost(scenario.made(directory, one), [
        '-o',
        '/dev/null',
        '-e',
        `trace=${step.call}`,
        '-e',
        inject,
      ])
      if (fault === 'killed') assert.equal(answer.signal, 'SIGKILL', at)
      else assert.match(answer.refused?.message ?? '', named[fault], at)
      await isWhole(directory, scenario, at)
      // it may not clean up where cleaning up is what fails
      if (fault !== 'killed' && step.call !== 'unlinkat') assert.deepEqual(halfDone(directory, scenario), [], at)
      for (const made of scenario.again ?? []) await accepted(made(directory, two))
      for (const made of [scenario.made, ...(scenario.next ?? [])]) await accepted(made(directory, two))
      assert.deepEqual(treeOf(directory), end, at)
      rmSync(directory, { recursive: true })
    }

    test('there are steps to disturb', () => assert.ok(steps.length > 4, String(steps.length)))
    for (const fault of ['killed', 'out of disk', 'with a failing disk'] as const) {
      const struck = strikes[fault](steps)
      test(`${fault} at any of its ${struck.length} steps: the old state or the new, and the next run ends it`, async () => {
        for (const step of struck) await hit(step, fault)
      })
    }
  })
}
