import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { cacheLedger, sealLedger } from '../../../src/app/fleet/ledger-store.ts'
import { fleetProject } from '../../../src/app/fleet/fleet-project.ts'
import { changeProject } from '../../../src/app/project/change-project.ts'
import { emptyLedger, type Ledger } from '../../../src/core/fleet/ledger.ts'
import type { RotationJournal } from '../../../src/core/rotate/journal.ts'
import { Secret } from '../../../src/core/secret.ts'
import { call, type Said } from '../../support/call.ts'
import { piped, projectIn, type TestProject } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { temporary } from '../../support/temporary.ts'
import { openCredential, openRotation } from '../../support/rotation.ts'

const half: RotationJournal = { rotation: openRotation(), credentials: [openCredential({ state: 'verified' })] }
const waits: RotationJournal = { credentials: [openCredential({ state: 'promoted' })] }

interface Clone extends TestProject {
  readonly type: (line: string, input?: string) => Promise<Said>
  /** What this clone has seen of the fleet. */
  readonly see: (journal: Partial<Ledger>) => Promise<void>
}

const clone = async (t: TestContext): Promise<Clone> => {
  const made = await projectIn(t, { secrets: { aws: { AWS_KEY: 'one', OTHER: 'two' } } })
  return {
    ...made,
    type: (line, input = '') => call(line.split(' '), { ...made.ports, ...piped(input) }),
    see: async (journal) => {
      const own = await fleetProject(made.open())
      const ledger = { ...emptyLedger('shop', 'production'), revision: 3, ...journal }
      await cacheLedger(made.ports.files, own, await sealLedger(own, ledger, made.ports.random))
    },
  }
}

test('set, rm and import leave alone what a half-done rotation has; the rest of the project is free', async (t) => {
  const { type, see } = await clone(t)
  await see(half)
  for (const [line, input] of [
    ['set AWS_KEY', 'another'],
    ['rm AWS_KEY', ''],
    ['import - --group aws --replace', 'AWS_KEY=another\nOTHER=new\n'],
  ] as const) {
    const { status, stderr } = await type(line, input)
    assert.equal(status, 8, `${line}: ${stderr}`)
    assert.match(stderr, /a rotation that is half-done has this secret.*AWS_KEY|AWS_KEY.*half-done has this secret/s)
    assert.match(stderr, /lockstep rotate --resume goes on with it, lockstep rotate --abort takes it back/)
    assert.doesNotMatch(stderr, /canary|another/)
  }
  assert.equal((await type('get AWS_KEY')).stdout.trim(), 'one')
  assert.equal((await type('set OTHER', 'new')).status, 0)
  assert.equal((await type('set AWS_KEY', 'one')).status, 0, 'it has this value already')
  await see({})
  assert.equal((await type('set AWS_KEY', 'another')).status, 0)
})

test('once it is promoted a value can be set, and not removed', async (t) => {
  const { type, see } = await clone(t)
  await see(waits)
  assert.equal((await type('set AWS_KEY', 'another')).status, 0)
  const { status, stderr } = await type('rm AWS_KEY')
  assert.equal(status, 8, stderr)
  assert.match(stderr, /nobody could end it/)
})

test('a value that is set where the fleet is ahead gets a version above, and that is said', async (t) => {
  const { type, see, open } = await clone(t)
  const version = async (name: string): Promise<number | undefined> =>
    (await open().metadata()).files.get('aws.env')?.get(name)?.version
  const generation = { number: 2, id: 'i', revision: 2, at: '', state: 'used', secrets: { AWS_KEY: 4 } } as const
  await see({ hosts: { host1: { id: 'a', current: 2, generations: [generation] } }, ended: { OTHER: 1 } })
  const first = await type('set AWS_KEY', 'another')
  assert.deepEqual([first.status, await version('AWS_KEY')], [0, 5])
  assert.match(
    first.stderr,
    /the fleet has had AWS_KEY in version 4, which this clone does not know: this one, 5, takes/,
  )
  for (const line of ['set AWS_KEY', 'set OTHER']) {
    const { status, stderr } = await type(line, 'one more')
    assert.equal(status, 0, stderr)
    assert.doesNotMatch(stderr, /the fleet has had/)
  }
  assert.deepEqual([await version('AWS_KEY'), await version('OTHER')], [6, 2])
})

test('what the rotation itself writes is its own', async (t) => {
  const { ports, open, see } = await clone(t)
  await see(half)
  const record = { version: 2, set: '2026-01-01T00:00:00Z', rotated: '2026-01-01T00:00:00Z' }
  const write = { group: 'aws', name: 'AWS_KEY', value: new Secret('rotated') }
  await refusal('CONFLICT', changeProject(ports, open(), { writes: [write] }))
  const { secrets } = await changeProject(ports, open(), { writes: [{ ...write, record }] })
  assert.deepEqual(
    secrets.map(({ name, version }) => [name, version]),
    [['AWS_KEY', 2]],
  )
})

test('rekey goes on, with a new project key as well, and the journal stays readable', async (t) => {
  const { type, see } = await clone(t)
  await see(half)
  for (const line of ['rekey', 'rekey --project-key']) {
    const { status, stdout, stderr } = await type(line)
    assert.equal(status, 0, stderr)
    assert.match(stdout, /rotation 12345678 \(AWS_KEY\) is half-done: lockstep rotate --resume/)
  }
  assert.equal((await type('set AWS_KEY', 'another')).status, 8)
})

test('restore says what is half-done, and which values are ended since', async (t) => {
  const { type, see, ports, open } = await clone(t)
  assert.equal((await type(`backup recovery --to ${temporary(t)}/recovery`)).status, 0)
  const { stdout: listed } = await type('backup --local --json')
  const { name }: { readonly name: string } = JSON.parse(listed)
  const record = { version: 2, set: '2026-01-01T00:00:00Z', rotated: '2026-01-01T00:00:00Z' }
  const write = { group: 'aws', name: 'AWS_KEY', value: new Secret('rotated'), record }
  await changeProject(ports, open(), { writes: [write] })
  await see({ ...half, ended: { AWS_KEY: 2 } })
  const { status, stdout, stderr } = await type(`restore ${name} --over-newer`)
  assert.equal(status, 0, stderr)
  assert.match(stdout, /note: rotation 12345678 \(AWS_KEY\) is half-done/)
  assert.match(stdout, /note: AWS_KEY: rotated since this backup, and the value in it is ended upstream/)
})
