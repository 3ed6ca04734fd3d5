import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { learn, readKnown } from '../../../src/app/known/known-store.ts'
import { statePath } from '../../../src/app/project/state-path.ts'
import { runJob } from '../../../src/app/schedule/run-job.ts'
import { type Code, fail } from '../../../src/core/errors.ts'
import type { KnownJob } from '../../../src/core/known/known.ts'
import { jobNamed } from '../../../src/core/schedule/jobs.ts'
import { call } from '../../support/call.ts'
import { hookServer } from '../../support/hook-server.ts'
import { projectIn, type TestProject } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'

const audit = jobNamed('audit') ?? assert.fail()
const backup = jobNamed('backup') ?? assert.fail()

const run = (
  { ports }: TestProject,
  work: () => Promise<{ readonly exit?: Code }>,
  job = audit,
  said: string[] = [],
): Promise<{ readonly exit?: Code }> =>
  runJob(ports, job, { environment: undefined, line: (line) => void said.push(line), work })

const recordOf = async ({ ports, project }: TestProject, name = 'audit'): Promise<KnownJob> =>
  (await readKnown(ports, project)).jobs[name] ?? assert.fail('no record')

const hooked = async (t: TestContext): Promise<{ made: TestProject; told: () => readonly string[] }> => {
  const server = await hookServer(t)
  const made = await projectIn(t, { manifest: `project: shop\nalerts: [{ webhook: "${server.url}" }]\n` })
  const told = (): readonly string[] =>
    server.received.flatMap(({ body }) =>
      JSON.parse(body).alerts.map(
        (one: { event: string; finding: string; path: string }) => `${one.event} ${one.finding} ${one.path}`,
      ),
    )
  return { made, told }
}

for (const [job, exit, why] of [
  [audit, undefined, null],
  [audit, 'UNSAFE', null],
  [audit, 'PARTIAL', null],
  [backup, 'PARTIAL', 'it ended with PARTIAL'],
] as const) {
  test(`a ${job.name} that ends with ${exit ?? 'nothing wrong'} ${why === null ? 'did its work' : 'failed'}`, async (t) => {
    const { made, told } = await hooked(t)
    await run(made, async () => (exit === undefined ? {} : { exit }), job)
    const record = await recordOf(made, job.name)
    assert.equal(record.why, why)
    assert.equal(record.succeeded, why === null ? record.ended : null)
    assert.deepEqual(told(), why === null ? [] : [`open JOB-FAILED ${job.name}`])
  })
}

test('a job that is refused is recorded and told, and told once more when it works again', async (t) => {
  const { made, told } = await hooked(t)
  const denied = (): Promise<never> => Promise.reject(fail('DENIED', 'no password'))
  await refusal('DENIED', run(made, denied))
  await refusal('DENIED', run(made, denied))
  const record = await recordOf(made)
  assert.deepEqual([record.exit, record.why], [5, 'DENIED: no password'])
  await run(made, async () => ({}))
  assert.deepEqual(told(), ['open JOB-FAILED audit', 'gone JOB-FAILED audit'])
})

test('a job does its work where the record of it cannot be read, and says so', async (t) => {
  const made = await projectIn(t)
  await learn(made.ports, made.project, (known) => known)
  writeFileSync(statePath(made.ports, 'known', made.project), '{', { mode: 0o600 })
  const said: string[] = []
  let isDone = false
  await run(made, async () => ((isDone = true), {}), audit, said)
  assert.ok(isDone)
  assert.match(
    said.join('\n'),
    /this run is not recorded: the record of what was last seen cannot be read; rm \S+: what is open is then told again/,
  )
})

test('a second run says who is at it and since when, and leaves the record alone', async (t) => {
  const made = await projectIn(t)
  let release = (): void => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  let begun = (): void => {}
  const started = new Promise<void>((resolve) => (begun = resolve))
  const first = run(made, async () => {
    begun()
    await held
    return {}
  })
  await started
  const error = await refusal(
    'CONFLICT',
    run(made, () => assert.fail('it ran')),
  )
  assert.match(
    error.message,
    /^the job audit runs already: process \d+ on \S+ has been at it since 2025-11-22T15:00:00Z$/,
  )
  assert.equal((await recordOf(made)).ended, null)
  await run(made, async () => ({}), backup)
  release()
  await first
  assert.notEqual((await recordOf(made)).ended, null)
})

test('a CONFLICT of the work itself is its own', async (t) => {
  const made = await projectIn(t)
  const error = await refusal(
    'CONFLICT',
    run(made, () => Promise.reject(fail('CONFLICT', 'behind the fleet'))),
  )
  assert.equal(error.message, 'behind the fleet')
  assert.equal((await recordOf(made)).why, 'CONFLICT: behind the fleet')
})

test('the record of a run that was killed is closed by the next', async (t) => {
  const made = await projectIn(t)
  await run(made, async () => ({}))
  const { ports, project } = made
  await learn(ports, project, (known) => ({
    ...known,
    jobs: { audit: { begun: 1, pid: 99999999, ended: null, exit: null, succeeded: null, why: null } },
  }))
  await run(made, async () => ({}))
  assert.equal((await recordOf(made)).why, null)
})

test('any job says of another that it has not run', async (t) => {
  const { made, told } = await hooked(t)
  const { ports, project } = made
  const day = 86_400_000
  const since = ports.clock.now() - 3 * day
  const schedule = { by: 'cron', since, jobs: ['audit', 'backup'], program: '/l', textfile: null } as const
  await learn(ports, project, (known) => ({ ...known, schedule }))
  await run(made, async () => ({}), backup)
  assert.deepEqual(told(), ['open JOB-OVERDUE audit'])
  await run(made, async () => ({}))
  assert.deepEqual(told(), ['open JOB-OVERDUE audit', 'gone JOB-OVERDUE audit'])
})

test('LOCKSTEP_SCHEDULED makes a command a job, and its figures land in the text file', async (t) => {
  const made = await projectIn(t, { files: { 'inventory/production': '' } })
  const { ports, root } = made
  const textfile = join(root, 'shop.prom')
  const scheduled = {
    ...ports,
    machine: { ...ports.machine, environment: { LOCKSTEP_SCHEDULED: 'cron', LOCKSTEP_TEXTFILE: textfile } },
    fleet: { ...ports.fleet, prepare: () => Promise.reject(fail('UNAVAILABLE', 'no Ansible here')) },
  }
  const said = await call(['audit', '--quiet'], scheduled)
  assert.equal(said.status, 6)
  assert.equal((await recordOf(made)).why, 'UNAVAILABLE: no Ansible here')
  assert.match(readFileSync(textfile, 'utf8'), /^lockstep_job_failed\{.*job="audit"\} 1$/m)
  rmSync(textfile)
  assert.equal((await call(['list'], scheduled)).status, 0)
  assert.throws(() => readFileSync(textfile), 'what is no job leaves no record')
})

test('a text file that cannot be written does not fail the job', async (t) => {
  const made = await projectIn(t)
  writeFileSync(join(made.root, 'file'), '')
  const environment = { LOCKSTEP_TEXTFILE: join(made.root, 'file/x.prom') }
  const ports = { ...made.ports, machine: { ...made.ports.machine, environment } }
  const said: string[] = []
  await run({ ...made, ports }, async () => ({}), audit, said)
  assert.match(said.join(), /^alerts and metrics do not know how this job ended: /)
})
