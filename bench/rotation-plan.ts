/** What comes between the last host's answer and the plan of a rotation: 200 secrets, each a credential of its own, on 30
 *  hosts that are nothing but what they say. */
import { everyday } from '../src/app/fleet/delivery-context.ts'
import { fleetProject, type FleetProject } from '../src/app/fleet/fleet-project.ts'
import { readTruth, type FleetTruth } from '../src/app/fleet/fleet-truth.ts'
import { readLedger, seenLedger } from '../src/app/fleet/ledger-store.ts'
import { planDelivery, type FleetPlan } from '../src/app/fleet/plan-delivery.ts'
import { rotate } from '../src/app/rotate/rotate.ts'
import type { RotateOptions } from '../src/app/rotate/rotation-context.ts'
import { hostFacts } from '../src/core/fleet/host-facts.ts'
import type { Ports } from '../src/core/ports.ts'
import type { RotationReport } from '../src/core/rotate/rotation-report.ts'
import { sha256 } from '../src/crypto/derive.ts'
import { deliverTo, enrolled, inventoryOf, memoryFleet, playOver } from '../test/support/hosts-in-memory.ts'
import type { MemoryFleet } from '../test/support/hosts-in-memory.ts'
import { projectIn, type TestProject } from '../test/support/project.ts'
import { usual } from '../test/support/rotation-in-memory.ts'
import { inProcess, type Contender, type Prepared, type Subject, type Taken } from './compare.ts'
import { derivation } from './decrypt.ts'
import { madeUp } from './project.ts'

const [hostCount, groupCount, each] = [30, 20, 10]

const prepare = async (): Promise<Prepared> => {
  const cleaning: (() => void)[] = []
  const until = { after: (work: () => void) => void cleaning.push(work) }
  const files = { 'inventory/production': '' }
  const made = await projectIn(until, { manifest, files, secrets: secretsByGroup() })
  const fleet = memoryFleet(Object.fromEntries(hostNames.map((host) => [host, enrolled(host)])))
  await deliverTo(fleet, made)
  await holdWhatIsWanted(fleet, made)
  return {
    figures: [
      {
        name: `plan of ${groupCount * each} secrets on ${hostCount} hosts`,
        ours: planning(fleet, made, 'rotate --check', []),
        rivals: [planning(fleet, made, 'of one of them', ['SECRET_1']), ...(await pieces(fleet, made)), derivation],
        promise: '200 ms',
      },
    ],
    clean: async () => cleaning.forEach((work) => work()),
  }
}

const hostNames = Array.from({ length: hostCount }, (_, index) => `host${index + 1}`)
const groups = Array.from({ length: groupCount }, (_, index) => `group${index + 1}`)

const manifest = `project: shop
groups:
${groups.map((name) => `  ${name}: { rotate: { with: random, breaks: sessions } }\n`).join('')}`

const secretsByGroup = (): Record<string, Record<string, string>> => {
  const secrets = madeUp(groupCount * each)
  return Object.fromEntries(
    groups.map((name, index) => [name, Object.fromEntries(secrets.slice(index * each, (index + 1) * each))]),
  )
}

/** A delivery in memory leaves nothing in a generation: what the hosts then say that they hold. */
const holdWhatIsWanted = async (fleet: MemoryFleet, { ports, open }: TestProject): Promise<void> => {
  const project = await fleetProject(open())
  const truth = readTruth(ports, project, null)
  truth.begin(inventoryOf(fleet))
  const ledger = await seenLedger(ports, project)
  for (const [host, one] of Object.entries(fleet.hosts)) {
    const desired = truth.desired(host)
    const known = ledger?.hosts[host]?.generations.at(-1)
    if (known === undefined) throw new Error(`${host} was not delivered to`)
    const scopes = desired.scopes.map(({ scope, uid, secrets }) => {
      const held = secrets.map(({ name, group, version, fingerprint }) => [name, { group, version, fingerprint }])
      const { id, number, revision } = known
      const runtime = { rung: desired.rung, uid }
      const secretsThere = Object.fromEntries(held)
      const manifestThere = { scope, host, generation: { number, id }, revision, secrets: secretsThere, runtime }
      return [scope, { manifest: manifestThere, wrong: [] }]
    })
    one.facts = { ...one.facts, links: ['secrets', 'vault-password'], scopes: Object.fromEntries(scopes) }
  }
}

/** From the answer of the last host to the report. */
const planning = (
  fleet: MemoryFleet,
  { ports, project }: TestProject,
  name: string,
  names: readonly string[],
): Contender => {
  const play = playOver(fleet)
  return {
    name,
    work: async () => {
      let taken: Taken | null = null
      const own: Ports = {
        ...ports,
        fleet: {
          ...ports.fleet,
          run: async (options) => {
            let last = { at: 0, cpu: process.cpuUsage() }
            fleet.onInspect = () => (last = { at: performance.now(), cpu: process.cpuUsage() })
            const done = await play(options)
            const { user, system } = process.cpuUsage(last.cpu)
            taken = { ms: performance.now() - last.at, cpu: (user + system) / 1000 }
            return done
          },
        },
      }
      const report = await rotate(own, project, { ...options, names })
      checkPlanned(report, names.length === 0 ? groupCount * each : names.length)
      if (taken === null) throw new Error('no host was asked')
      return taken
    },
  }
}

/** What it is made of: fingerprints of what every host is to have are computed once, the ledger is opened once, hosts are
 *  compared twice, the second time with a ledger to write. */
const pieces = async (fleet: MemoryFleet, { ports, open }: TestProject): Promise<readonly Contender[]> => {
  const project = await fleetProject(open())
  const coming = { ...project, secrets: project.secrets.map((one) => ({ ...one, version: one.version + 1 })) }
  const facts = Object.entries(fleet.hosts).map(([host, one]) => [host, one.facts] as const)
  const copies = new Map(facts.flatMap(([host, { ledger }]) => (ledger === null ? [] : [[host, ledger] as const])))
  const found = await readLedger(ports, project, copies, { remember: false })
  const truthOf = (own: FleetProject): FleetTruth => {
    const truth = readTruth(ports, own, null)
    truth.begin(inventoryOf(fleet))
    return { ...truth, facts: (host) => fleet.hosts[host]?.facts ?? null, ledger: async () => found }
  }
  const compare = async (own: FleetProject, truth: FleetTruth): Promise<FleetPlan> =>
    planDelivery(ports, own, truth, everyday, { run: 'run', holder: 'bench' }, async () => null, null)
  const piece = (name: string, work: () => unknown): Contender => ({
    name,
    work: inProcess(async () => void (await work())),
  })
  const [now, later] = [truthOf(project), truthOf(coming)]
  const { rows } = await rotate({ ...ports, fleet: { ...ports.fleet, run: playOver(fleet) } }, open().project, options)
  return [
    piece('the answers as facts', () => facts.map(([host, one]) => hostFacts(one, host))),
    piece('the ledger opened', () => readLedger(ports, project, copies, { remember: false })),
    piece('6000 fingerprints', () => truthOf(coming)),
    piece('hosts compared', () => compare(project, now)),
    piece('compared, all of it new', () => compare(coming, later)),
    piece('id', () => sha256(JSON.stringify(rows))),
  ]
}

const checkPlanned = ({ rows, hosts }: RotationReport, count: number): void => {
  const planned = rows.filter(({ action }) => action === 'rotate').length
  const delivered = hosts.filter(({ state }) => state === 'planned').length
  if (planned !== count || delivered !== hostCount) throw new Error(`planned ${planned} on ${delivered}`)
}

const options: RotateOptions = { ...usual, names: [], check: true }

export const rotationPlan: Subject = { name: 'rotation-plan', prepare }
