/** A rotation over hosts and an upstream that are nothing but facts, and that can be cut off at any of its effects. */
import { cpSync, rmSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { fleetProject } from '../../src/app/fleet/fleet-project.ts'
import { changeProject } from '../../src/app/project/change-project.ts'
import { openProject, type OpenProject } from '../../src/app/project/open-project.ts'
import { findProject } from '../../src/app/project/project.ts'
import { rotate } from '../../src/app/rotate/rotate.ts'
import type { SecretWrite } from '../../src/app/secrets/plan-change.ts'
import type { RotateOptions } from '../../src/app/rotate/rotation-context.ts'
import { fail } from '../../src/core/errors.ts'
import { everyday } from '../../src/app/fleet/delivery-context.ts'
import { runDelivery } from '../../src/app/fleet/run-delivery.ts'
import type { DeliveryReport } from '../../src/core/fleet/delivery-report.ts'
import type { Fleet } from '../../src/core/fleet/fleet.ts'
import { leaseSeconds } from '../../src/core/fleet/lease.ts'
import type { Files, Machine, Ports } from '../../src/core/ports.ts'
import type { RotationReport } from '../../src/core/rotate/rotation-report.ts'
import type { Rotator, Values } from '../../src/core/rotate/rotator.ts'
import { Secret } from '../../src/core/secret.ts'
import { backupProject } from './backups.ts'
import { channelTo, inventoryOf, type MemoryFleet, type MemoryHost } from './hosts-in-memory.ts'
import { projectIn, testPassword, type TestProject } from './project.ts'
import { quickVaults } from './quick-vaults.ts'
import { temporary } from './temporary.ts'

/** An upstream with accounts: every value that it lets in. */
export interface MemoryUpstream {
  readonly accepted: Set<string>
  /** Called before and after each of its effects: `install begins`, `install is done`. */
  onStep: (step: string) => void
  /** Another upstream than this one, in what it does differently. */
  differs: Partial<Rotator>
}

/** What a run does to the world, one after the other; `pass` is called before each and after it. */
export interface World {
  readonly fleet: MemoryFleet
  readonly upstream: MemoryUpstream
  /** Milliseconds by which the clocks of operators have gone on. */
  later: number
  pass: (effect: string) => Promise<void>
}

export const worldOf = (fleet: MemoryFleet, accepted: readonly string[]): World => ({
  fleet,
  upstream: { accepted: new Set(accepted), onStep: () => undefined, differs: {} },
  later: 0,
  pass: () => Promise.resolve(),
})

const around = async <T>(world: World, effect: string, work: () => Promise<T> | T): Promise<T> => {
  await world.pass(`before ${effect}`)
  const done = await work()
  await world.pass(`after ${effect}`)
  return done
}

const text = (values: Values): string => [...values.values()].map((value) => value.reveal()).join()

/** Makes numbered values; accepts the new one beside the old one until that is retired. */
const rotatorIn = (world: World, names: readonly string[]): Rotator => {
  const { accepted } = world.upstream
  const step = (name: string, work: () => void): Promise<void> =>
    around(world, `upstream ${name}`, () => {
      world.upstream.onStep(name)
      work()
    })
  return {
    oldStays: 'both',
    look: async () => ({ note: `${accepted.size} accepted` }),
    propose: async ({ values }) => {
      const next = `value-${Number(/\d+$/.exec(text(values))?.[0] ?? 0) + 1}`
      return { values: new Map(names.map((name) => [name, new Secret(next)])), marks: {} }
    },
    install: async ({ pending, marks }) => {
      await step('install', () => accepted.add(text(pending)))
      return { values: pending, marks }
    },
    verify: async ({ pending }) => {
      await step('verify', () => {
        if (!accepted.has(text(pending))) throw fail('DENIED', 'the new value is refused')
      })
    },
    retire: ({ former }) => step('retire', () => void accepted.delete(text(former))),
    withdraw: ({ pending }) => step('withdraw', () => void accepted.delete(text(pending))),
  }
}

/** Every host of the world, over connections that only it knows. */
const fleetIn = (world: World): Fleet => ({
  prepare: async () => undefined,
  serve: () => Promise.reject(new Error('served')),
  run: async ({ prepare }) => {
    const prepared = await prepare()
    const { script } = prepared
    const wanted = await script.begin(inventoryOf(world.fleet))
    const working = wanted.map(async (host) => {
      if (world.fleet.hosts[host]?.isDown !== true) return script.phase(channelTo(world.fleet, host, world.pass), 'all')
      return script.gone(host, { code: 'UNAVAILABLE', reason: 'no route to host', hint: null })
    })
    const settled = await Promise.allSettled(working)
    for (const one of settled) if (one.status === 'rejected') throw one.reason
    return prepared
  },
})

const filesIn = (world: World, files: Files): Files => ({
  ...files,
  // a run that is cut off here is no process that has ended: its locks would stay
  locked: (_path, work) => work(),
  briefly: (_path, work) => work(),
  // what a kill leaves of other files is the business of test/kill
  write: (path, ...rest) =>
    isJournal(path) ? around(world, 'record here', () => files.write(path, ...rest)) : files.write(path, ...rest),
  transact: (root, changes) => around(world, 'change of the project', () => files.transact(root, changes)),
})

const isJournal = (path: string): boolean => path.endsWith('/ledger-production.vault')

export interface RotatingProject extends TestProject {
  readonly world: World
  rotate(options?: Partial<RotateOptions>): Promise<RotationReport>
  /** Value in force, as this clone has it. */
  value(name: string): Promise<string>
  /** The same project as another process has it: of this machine, or, with nothing of what this one keeps for itself, of
   *  another one. */
  again(where: 'here' | 'elsewhere'): Promise<RotatingProject>
  deploy(): Promise<DeliveryReport>
  /** The same where the clock goes so many milliseconds ahead. */
  ahead(milliseconds: number): RotatingProject
  /** A copy of it in another world. */
  from(world: World): Promise<RotatingProject>
}

const manifestWith = (settings: string): string =>
  `project: shop\ngroups: { db: { keys: [DB_PASSWORD], rotate: { with: random, ${settings} } } }\n`

/** `db` with one secret, `value-1`, that every host gets, and an upstream that accepts it. `settings`: more of its
 *  `rotate:` map. `make`: what it is made with; by default backups can be made of it. */
export const rotatingProject = async (
  t: TestContext,
  fleet: MemoryFleet,
  settings = 'overlap: 0s',
  make: typeof projectIn = backupProject,
): Promise<RotatingProject> => {
  quickVaults(t)
  const world = worldOf(fleet, ['value-1'])
  const secrets = { db: { DB_PASSWORD: 'value-1' } }
  const manifest = manifestWith(settings)
  const made = await make(t, { manifest, secrets, files: { 'inventory/production': '' } })
  return rotatingIn({ ...made, t }, world)
}

interface Made extends TestProject {
  readonly t: TestContext
}

const rotatingIn = (made: Made, world: World): RotatingProject => {
  const { project, root } = made
  const copyOf = async (machine: Machine, other: World, forget: (copy: string) => void): Promise<RotatingProject> => {
    const copy = temporary(made.t)
    cpSync(root, copy, { recursive: true })
    forget(copy)
    const ports: Ports = { ...made.ports, machine: { ...machine, cwd: copy } }
    const found = await findProject(ports)
    const open = (): OpenProject => openProject(ports, found, new Secret(testPassword))
    return rotatingIn({ t: made.t, root: copy, ports, project: found, open }, other)
  }
  const { clock } = made.ports
  const own: Ports = {
    ...made.ports,
    clock: { ...clock, now: () => clock.now() + world.later },
    files: filesIn(world, made.ports.files),
    fleet: fleetIn(world),
    rotator: async ({ names }) => ({ ...rotatorIn(world, names), ...world.upstream.differs }),
    rotatesEach: async () => false,
  }
  return {
    ...made,
    world,
    ports: own,
    rotate: (options = {}) => rotate(own, project, { ...usual, ...options }),
    value: async (name) =>
      (await fleetProject(made.open())).secrets.find((one) => one.name === name)?.value.reveal() ?? '(not there)',
    again: async (where) => {
      const { machine } = made.ports
      const pid = machine.pid + 1
      const next = { ...machine, pid, isAlive: (one: number) => one === pid }
      if (where === 'here') return rotatingIn({ ...made, ports: { ...made.ports, machine: next } }, world)
      return copyOf({ ...next, hostname: `${machine.hostname}-too` }, world, (copy) =>
        rmSync(`${copy}/.lockstep`, { recursive: true, force: true }),
      )
    },
    deploy: () => runDelivery(own, project, { ...everyday, arguments: [] }),
    ahead: (milliseconds) => {
      const { clock } = made.ports
      const ports = { ...made.ports, clock: { ...clock, now: () => clock.now() + milliseconds } }
      return rotatingIn({ ...made, ports }, world)
    },
    from: (other) => copyOf(made.ports.machine, other, () => undefined),
  }
}

/** @throws where there is no such host */
export const hostOf = ({ world }: Pick<RotatingProject, 'world'>, name: string): MemoryHost => {
  const found = world.fleet.hosts[name]
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}

/** Somebody gives a secret another value here; nothing is delivered. */
export const setByHand = async (
  { ports, open }: Pick<RotatingProject, 'ports' | 'open'>,
  value: string,
  place: Omit<SecretWrite, 'value' | 'record'> = { group: 'db', name: 'DB_PASSWORD' },
): Promise<void> => {
  await changeProject(ports, open(), { writes: [{ ...place, value: new Secret(value) }] })
}

/** Runs the work, cut off at effect number `at` (from 0), or at the first that `at` says so of, which is told what came
 *  before: what comes after never happens. True: it was; false: it ended before that. Gives the effects as well. */
export const cutOff = async (
  world: World,
  at: number | ((effect: string, before: readonly string[]) => boolean),
  work: () => Promise<unknown>,
): Promise<{ readonly isCut: boolean; readonly effects: readonly string[] }> => {
  const effects: string[] = []
  let isOver = false
  const cut = Promise.withResolvers<true>()
  const never = new Promise<never>(() => undefined)
  world.pass = async (effect) => {
    isOver ||= typeof at === 'number' ? effects.length === at : at(effect, effects)
    if (!isOver) return void effects.push(effect)
    cut.resolve(true)
    return never
  }
  const isCut = await Promise.race([cut.promise, work().then(() => false)])
  world.pass = () => Promise.resolve()
  return { isCut, effects }
}

/** All clocks go on for as long as a dead run is believed to be alive. */
export const outlast = (world: World): void => {
  world.later += (leaseSeconds + 1) * 1000
  for (const host of Object.values(world.fleet.hosts))
    host.facts = { ...host.facts, now: host.facts.now + leaseSeconds + 1 }
}

/** Without a word on the command line but `db`. */
export const usual: RotateOptions = {
  mode: 'new',
  names: ['db'],
  hosts: null,
  due: false,
  check: false,
  expect: null,
  isEmergency: false,
  exposedBy: null,
  allowMissing: false,
  abandon: [],
  isAbandoning: false,
  takeOver: null,
  reason: null,
  isAttended: false,
  arguments: [],
  onHost: () => undefined,
  onStep: () => undefined,
  onStage: () => undefined,
}
