import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test, type TestContext } from 'node:test'
import { rotate } from '../../../src/app/rotate/rotate.ts'
import type { RotateOptions } from '../../../src/app/rotate/rotation-context.ts'
import type { Ports } from '../../../src/core/ports.ts'
import { projectIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { usual } from '../../support/rotation-in-memory.ts'

const options: RotateOptions = { ...usual, names: [] }

/** Runs it in a repository in which nothing was ever committed; `asked`: hosts would have been. */
const run = async (
  t: TestContext,
  manifest: string,
  over: Partial<RotateOptions> = {},
  environment: Record<string, string> = {},
): Promise<{ readonly refused: Promise<unknown>; readonly asked: () => boolean }> => {
  const { ports, project, root } = await projectIn(t, {
    manifest: `project: shop\n${manifest}`,
    files: { 'inventory/production': 'host1\n' },
  })
  for (const words of [
    ['init', '-q', '-b', 'main'],
    ['config', 'user.name', 'control'],
    ['config', 'user.email', 'control@example.org'],
  ])
    assert.equal(spawnSync('git', ['-C', root, ...words]).status, 0)
  let isAsked = false
  const fleet: Ports['fleet'] = {
    ...ports.fleet,
    run: () => {
      isAsked = true
      return Promise.reject(new Error('hosts are asked'))
    },
  }
  const own: Ports = { ...ports, fleet, machine: { ...ports.machine, environment } }
  return { refused: rotate(own, project, { ...options, ...over }), asked: () => isAsked }
}

const scheduled = { LOCKSTEP_SCHEDULED: 'cron' }
const cases = [
  ['another machine is the only writer', 'only_writer: elsewhere\n', {}, 'DENIED', /changed on elsewhere alone/],
  ['a job that nobody commits after', '', scheduled, 'CONFIG', /nobody would commit/],
  ['files that were never committed', 'git: { commit: true }\n', {}, 'CONFLICT', /was never committed/],
] as const

for (const [name, manifest, environment, code, words] of cases) {
  test(`refused before any host is asked: ${name}`, async (t) => {
    const { refused, asked } = await run(t, manifest, {}, environment)
    assert.match((await refusal(code, refused)).message, words)
    assert.equal(asked(), false)
  })
}

const going = [
  ['a check', 'only_writer: elsewhere\n', { check: true }, {}],
  ['a job with an only writer', 'ONLY', {}, scheduled],
  ['an emergency', 'git: { commit: true }\n', { isEmergency: true }, {}],
  ['what was cut off', 'git: { commit: true }\n', { mode: 'resume' }, {}],
  ['a person who commits by hand', '', {}, {}],
] as const

for (const [name, manifest, over, environment] of going) {
  test(`not held up: ${name}`, async (t) => {
    const { hostname } = (await projectIn(t)).ports.machine
    const text = manifest === 'ONLY' ? `only_writer: ${hostname}\n` : manifest
    const { refused, asked } = await run(t, text, over, environment)
    await assert.rejects(refused, /hosts are asked/)
    assert.equal(asked(), true)
  })
}
