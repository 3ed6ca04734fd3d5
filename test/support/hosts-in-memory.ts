/** Hosts that are nothing but their facts: what a delivery asks of them, and what it tells them. */
import type { TestContext } from 'node:test'
import { conduct } from '../../src/app/fleet/conduct.ts'
import { prepareDelivery } from '../../src/app/fleet/deliver.ts'
import { everyday } from '../../src/app/fleet/delivery-context.ts'
import type { DeliverOptions } from '../../src/app/fleet/delivery-context.ts'
import { fleetProject } from '../../src/app/fleet/fleet-project.ts'
import { fail } from '../../src/core/errors.ts'
import type { DeliveryReport } from '../../src/core/fleet/delivery-report.ts'
import type { HostChannel, Operation } from '../../src/core/fleet/fleet.ts'
import { hostFacts as parseFacts } from '../../src/core/fleet/host-facts.ts'
import type { HostFacts } from '../../src/core/fleet/host-facts.ts'
import type { Inventory } from '../../src/core/fleet/inventory.ts'
import { leaseSeconds } from '../../src/core/fleet/lease.ts'
import { hostFacts } from './container.ts'
import type { Ports } from '../../src/core/ports.ts'
import type { TestProject } from './project.ts'
import { projectIn } from './project.ts'
import { textOf } from './temporary.ts'

export interface MemoryHost {
  facts: HostFacts
  isDown: boolean
  /** Inventory variables. */
  readonly variables: Readonly<Record<string, unknown>>
}

export interface MemoryFleet {
  readonly hosts: Readonly<Record<string, MemoryHost>>
  /** Every operation but `inspect`, in order: `host1 stage`. */
  readonly calls: string[]
  /** Generations that every host says it has removed, when it is delivered to. */
  removed: readonly number[]
  /** Called before each of those. */
  onCall: (call: string) => void
  /** Called with the host before it is looked at. */
  onInspect: (host: string) => void
}

/** By host: what it says of itself, and its inventory variables. */
export type GivenHosts = Readonly<Record<string, Partial<HostFacts> & { readonly variables?: MemoryHost['variables'] }>>

export const memoryFleet = (given: GivenHosts): MemoryFleet => ({
  hosts: Object.fromEntries(
    Object.entries(given).map(([name, { variables = {}, ...facts }]) => [
      name,
      { facts: hostFacts(facts), isDown: false, variables },
    ]),
  ),
  calls: [],
  removed: [],
  onCall: () => undefined,
  onInspect: () => undefined,
})

/** A host of ours with its id, to which nothing was delivered. */
export const enrolled = (host: string): Partial<HostFacts> => ({
  identity: { project: 'shop', environment: 'production', host, id: `id-of-${host}` },
})

/** One with a generation in force, after so many deliveries. */
export const deliveredTo = (host: string, fence = 1): Partial<HostFacts> => ({
  ...enrolled(host),
  current: 1,
  generations: [1],
  lease: { run: null, holder: null, until: 0, fence },
})

/** Runs a delivery over the whole fleet, as one play of our own. @throws what refused the whole plan */
export const deliverTo = async (
  fleet: MemoryFleet,
  { ports, open }: TestProject,
  options: Partial<DeliverOptions> = {},
): Promise<DeliveryReport> => {
  const delivery = prepareDelivery(ports, await fleetProject(open()), { ...everyday, ...options })
  const names = Object.keys(fleet.hosts)
  const wanted = await delivery.script.begin(inventoryOf(fleet))
  const working = names
    .filter((host) => wanted.includes(host))
    .map(async (host) => {
      if (fleet.hosts[host]?.isDown !== true) return delivery.script.phase(channelTo(fleet, host), 'all')
      return delivery.script.gone(host, { code: 'UNAVAILABLE', reason: 'no route to host', hint: null })
    })
  await Promise.allSettled(working)
  await Promise.all(working)
  return delivery.report()
}

/** For commands that run a play of their own over the fleet. */
export const playOver =
  (fleet: MemoryFleet): Ports['fleet']['run'] =>
  async ({ prepare }) => {
    const made = await prepare()
    const wanted = await made.script.begin(inventoryOf(fleet))
    await Promise.all(
      wanted.map(async (host) => {
        if (fleet.hosts[host]?.isDown !== true) return made.script.phase(channelTo(fleet, host), 'all')
        return made.script.gone(host, { code: 'UNAVAILABLE', reason: 'no route to host', hint: null })
      }),
    )
    return made
  }

/** `host1 delivered` for each host that the report speaks of. */
export const outcomes = ({ hosts }: DeliveryReport): readonly string[] =>
  hosts.map(({ host, state }) => `${host} ${state}`)

/** Every host by its own name, `all` for all of them. */
export const inventoryOf = ({ hosts }: MemoryFleet): Inventory => {
  const names = Object.keys(hosts)
  return {
    hosts: Object.fromEntries(Object.entries(hosts).map(([name, { variables }]) => [name, { groups: [], variables }])),
    groups: ['all'],
    patterns: { all: names, ...Object.fromEntries(names.map((name) => [name, [name]])) },
  }
}

/** `pass` is called before and after every operation but `inspect`. */
export const channelTo = (
  fleet: MemoryFleet,
  name: string,
  pass: (effect: string) => Promise<void> = () => Promise.resolve(),
): HostChannel => ({
  name,
  batch: Object.keys(fleet.hosts),
  check: false,
  call: async (operation, { blobs = [] } = {}) => {
    const host = fleet.hosts[name]
    if (host === undefined) throw new Error(`${name} was called, which is not there`)
    if (operation.op === 'inspect') {
      fleet.onInspect(name)
      return host.facts
    }
    await pass(`before ${name} ${operation.op}`)
    fleet.onCall(`${name} ${operation.op}`)
    fleet.calls.push(`${name} ${operation.op}`)
    checkLease(host.facts, operation)
    const before = host.facts.generations
    host.facts = after(host.facts, operation, blobs)
    await pass(`after ${name} ${operation.op}`)
    if (operation.op !== 'stage' && operation.op !== 'prune') return {}
    const gone = before.filter((number) => !host.facts.generations.includes(number))
    return { before: null, removed: [...fleet.removed, ...gone] }
  },
})

/** Ids, generations, their manifests and the ledger as the receiver would leave them; no secret is kept. */
const after = (facts: HostFacts, operation: Operation, blobs: readonly Uint8Array[]): HostFacts => {
  const { op, identity } = operation
  const isSwitched = op === 'switch' || (op === 'stage' && operation['switch'] === true)
  const last = blobs.at(-1)
  const ledger = operation['ledger'] === true && last !== undefined ? textOf(last) : facts.ledger
  const number = numberIn(operation)
  const current = isSwitched ? number : facts.current
  const isBrought = op === 'stage' && number !== facts.current
  const staged = isBrought ? { number, scopes: scopesIn(operation, blobs) } : facts.staged
  return parseFacts(
    {
      ...facts,
      ...(op === 'enrol' ? { identity } : {}),
      ledger,
      current,
      generations: keptBy(operation, [...facts.generations, ...(isBrought ? [number] : [])], current),
      scopes: isSwitched ? (staged?.scopes ?? facts.scopes) : facts.scopes,
      staged: isSwitched ? null : staged,
      links: isSwitched ? ['secrets', 'vault-password'] : facts.links,
      lease: leaseAfter(facts, operation),
    },
    'facts',
  )
}

/** Of the generation that it is about. */
const numberIn = ({ generation }: Operation): number =>
  generation !== null && typeof generation === 'object' ? Number(Reflect.get(generation, 'number')) : 0

/** Nothing uses any that is not to stay. */
const keptBy = ({ keep }: Operation, there: readonly number[], current: number | null): readonly number[] =>
  Array.isArray(keep) ? there.filter((number) => number === current || keep.includes(number)) : there

/** What the manifest says that came with the files. */
const scopesIn = ({ files }: Operation, blobs: readonly Uint8Array[]): HostFacts['scopes'] => {
  const paths = Array.isArray(files) ? files.map((file: object) => String(Reflect.get(file, 'path'))) : []
  const bytes = blobs[paths.indexOf('secrets/manifest.json')]
  if (bytes === undefined) return {}
  const { fingerprintKey: _, ...manifest } = JSON.parse(textOf(bytes) ?? '').manifest
  return { host: { manifest, wrong: [] } }
}

interface WantedLease {
  readonly holder: string
  readonly over: string | null
}

/** What an operation takes the host with; null: it has to have it already, or needs none. */
const wantedBy = ({ op, lease, ledger }: Operation): WantedLease | null => {
  if (lease === null || typeof lease !== 'object' || (op === 'record' && ledger !== true)) return null
  const over: unknown = Reflect.get(lease, 'over')
  return { holder: String(Reflect.get(lease, 'holder')), over: typeof over === 'string' ? over : null }
}

const holding: ReadonlySet<Operation['op']> = new Set(['switch', 'prune', 'install', 'replace'])

/** As lease.py of the receiver. @throws CONFLICT */
const checkLease = ({ lease, now }: HostFacts, operation: Operation): void => {
  const { op, run, revision } = operation
  const wanted = wantedBy(operation)
  const isOurs = lease !== null && lease.run === run
  if (holding.has(op) && !isOurs) throw fail('CONFLICT', `another run holds this host: ${lease?.holder}`)
  if (wanted === null || lease === null) return
  if (lease.run !== null && !isOurs && lease.run !== wanted.over && lease.until > now)
    throw fail('CONFLICT', `held by ${lease.holder}`, { hint: 'wait for that run, then run this again' })
  if (Number(revision) <= lease.fence)
    throw fail('CONFLICT', 'a newer delivery has been here since this run looked', { hint: 'run it again' })
}

/** Held until it is let go; steps that do not speak of it leave it. */
const leaseAfter = ({ lease, now }: HostFacts, operation: Operation): Readonly<Record<string, unknown>> | null => {
  const { op, run, revision } = operation
  const isReleased = operation['release'] ?? op === 'record'
  const wanted = wantedBy(operation)
  const fence = lease?.fence ?? 0
  const held = wanted === null ? lease : { run, holder: wanted.holder, until: now + leaseSeconds, fence }
  if (held === null || held.run !== run || isReleased !== true) return held && { ...held }
  return { run: null, holder: null, until: 0, fence: Math.max(fence, Number(revision)) }
}

/** Somebody has removed our links on every host: each is delivered to again. */
export const unlinked = ({ hosts }: MemoryFleet): void => {
  for (const host of Object.values(hosts)) host.facts = { ...host.facts, links: [] }
}

/** A project with one secret, for every host. */
export const shopWithOneSecret = (t: TestContext): Promise<TestProject> =>
  projectIn(t, { secrets: { aws: { AWS_KEY: 'a value' } } })

/** host1 to host4; the first three keep the ledger. */
export const four = (facts: (host: string) => Partial<HostFacts>): GivenHosts =>
  Object.fromEntries(['host1', 'host2', 'host3', 'host4'].map((host) => [host, facts(host)]))

/** A playbook's task after task, for one batch of the hosts; what its tasks failed with. */
export const playBatch = async (
  { ports, open }: TestProject,
  fleet: MemoryFleet,
  batch: readonly string[],
): Promise<readonly string[]> => {
  const script = conduct(async () => prepareDelivery(ports, await fleetProject(open()), everyday))
  await script.begin(inventoryOf(fleet))
  const said: string[] = []
  for (const phase of ['inspect', 'stage', 'switch', 'record'] as const) {
    const channels = batch.map((host) => ({ ...channelTo(fleet, host), batch }))
    for (const { failed } of await Promise.all(channels.map((channel) => script.phase(channel, phase)))) {
      if (failed !== undefined) said.push(`${failed.code} ${failed.message}`)
    }
  }
  return said
}
