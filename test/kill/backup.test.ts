/** Backups and restores, killed at every system call by which they change files. */
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test, type TestContext } from 'node:test'
import { backupProject } from '../support/backups.ts'
import { builtProgram } from '../support/built.ts'
import { call } from '../support/call.ts'
import { portsIn } from '../support/project.ts'
import { distinct, eachOf, killedAt, record, type Run } from './trace.ts'

// A copy: what is in dist/ may be built anew meanwhile.
const top = mkdtempSync(join(tmpdir(), 'lockstep-kill-'))
after(() => rmSync(top, { recursive: true }))
cpSync(dirname(builtProgram()), join(top, 'program'), { recursive: true })
writeFileSync(join(top, 'program/package.json'), '{"type":"module"}')
const program = join(top, 'program/bin.cjs')

type Placed = Run & { readonly place: string }

/** Runs it at every point in a place of its own, which `make` fills, and looks at what is left. */
const killEverywhere = async (
  t: TestContext,
  args: readonly string[],
  make: (project: string) => void,
  check: (run: Placed, said: string) => Promise<void>,
): Promise<void> => {
  const fresh = (name: string): Placed => {
    const place = join(top, name)
    const cwd = join(place, 'project')
    mkdirSync(join(place, 'home'), { recursive: true })
    make(cwd)
    return { args: [program, ...args], cwd, env: { HOME: join(place, 'home'), TMPDIR: join(place, 'home') }, place }
  }
  const all = await record(fresh(`${args[0]}-whole`), join(top, 'log'))
  const points = distinct(all.filter(({ shown }) => !ofThePerson.test(shown)))
  assert.ok(points.length > 15, `${points.length} points`)
  let killed = 0
  await eachOf(points, async (point, index) => {
    const run = fresh(`${args[0]}-${index}`)
    const end = await killedAt(run, point)
    if (end.signal === 'SIGKILL') killed++
    else assert.equal(end.status, 0, end.stderr)
    await check(run, `killed at ${point.shown}`)
    rmSync(run.place, { recursive: true })
  })
  assert.ok(killed >= points.length * 0.9, `${killed} of ${points.length} kills happened`)
  t.diagnostic(`${points.length} kills`)
}

/** What every command keeps in the person's own directories: tried with the others in commands.test.ts. */
const ofThePerson = /\.cache|lockstep-gate-|\/\.?(?:manifest|project-key|known)-[0-9a-f]{16}/

const leftIn = (root: string): readonly string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tmp$|transaction\.json$/.test(name))

test('a backup that is killed is there whole, with its line in the list, or not at all', async (t) => {
  const { root } = await backupProject(t, { secrets: { app: { KEY: 'value' } } })
  const make = (project: string): void => cpSync(root, project, { recursive: true })
  await killEverywhere(t, ['backup', '--local'], make, async ({ cwd }, said) => {
    const ports = portsIn(cwd)
    const again = await call(['backup', '--local'], ports)
    assert.equal(again.status, 0, `${said}: ${again.stderr}`)
    // an archive without its line, or a line without its archive, would be told here
    const verified = await call(['backup-verify', '--local', '--json'], ports)
    assert.equal(verified.status, 0, `${said}: ${verified.stdout}${verified.stderr}`)
    const { archives }: { archives: readonly { state: string }[] } = JSON.parse(verified.stdout)
    assert.ok([1, 2].includes(archives.length) && archives.every(({ state }) => state === 'verified'), said)
    assert.deepEqual(leftIn(cwd), [], said)
  })
})

test('a restore that is killed leaves nothing half, and the next one ends it', async (t) => {
  const made = await backupProject(t, { secrets: { app: { KEY: 'value' } } })
  const { bytes } = await made.backup()
  const [archive, identity] = [join(top, 'kept.backup'), join(top, 'identity')]
  writeFileSync(archive, bytes, { mode: 0o600 })
  writeFileSync(identity, made.recovery.bytes(), { mode: 0o600 })
  const args = ['restore', archive, '--identity', identity]
  const whole = [
    'lockstep.yaml',
    '.vault-password',
    'secrets/app.env',
    'secrets/fingerprint-key',
    'secrets/metadata.yaml',
  ]
  await killEverywhere(t, args, mkdirSync, async ({ cwd, place }, said) => {
    const { machine, ...others } = portsIn(cwd)
    const ports = { ...others, machine: { ...machine, home: join(place, 'home') } }
    await ports.files.recover(cwd)
    const there = whole.filter((path) => existsSync(join(cwd, path)))
    assert.ok(there.length === 0 || there.length === whole.length, `${said}: only ${there.join(', ')}`)
    const again = await call(args, ports)
    assert.equal(again.status, 0, `${said}: ${again.stderr}`)
    for (const path of whole) {
      assert.ok(readFileSync(join(cwd, path)).equals(readFileSync(join(made.root, path))), `${said}: ${path}`)
    }
    assert.equal((await call(['get', 'KEY'], ports)).stdout, 'value\n', said)
    assert.deepEqual(leftIn(cwd), [], said)
  })
})
