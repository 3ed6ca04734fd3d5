import type { HostPlan } from '../core/delivery-plan.ts'
import type { DeliveryReport, HostOutcome } from '../core/delivery-report.ts'
import { lostOutcome, outcomeOf, problemOf } from '../core/delivery-report.ts'
import { SecretsError, fail } from '../core/errors.ts'
import type { FleetScript, HostChannel, Phase, PhaseResult } from '../core/fleet.ts'
import type { HostFacts } from '../core/host-facts.ts'
import type { Ending } from '../core/ledger.ts'
import { withEndings } from '../core/ledger.ts'
import type { Ports } from '../core/ports.ts'
import type { FleetProject } from './fleet-project.ts'
import { readTruth } from './fleet-truth.ts'
import { makeGate } from './gate.ts'
import { enrolHost, recordHost, stageHost } from './host-steps.ts'
import type { HostTarget } from './host-steps.ts'
import { holderName, takeOver } from './lease.ts'
import { cacheLedger, sealLedger } from './ledger-store.ts'
import type { FleetPlan, PlanOptions } from './plan-delivery.ts'
import { contentDigest, planDelivery, specDigest } from './plan-delivery.ts'
import { makeRollout } from './rollout.ts'
import { sealGeneration } from './seal-generation.ts'
import { switchAndProve } from './switch-host.ts'
import type { SwitchOutcome } from './switch-host.ts'

export interface DeliverOptions extends PlanOptions {
  /** Ansible pattern; null: all. */
  readonly hosts: string | null
  readonly check: boolean
  readonly onHost: (host: string, state: string) => void
}

export type DeliverPorts = Pick<Ports, 'files' | 'clock' | 'random' | 'machine'>

/** The script of one delivery, for whichever play carries it, and its report once that has ended. */
export interface Delivery {
  readonly patterns: readonly string[]
  readonly script: FleetScript
  report(): DeliveryReport
}

/** Reads the truth, plans, seals, stages on all hosts at once, switches in batches proving each, records. */
export const prepareDelivery = (ports: DeliverPorts, project: FleetProject, options: DeliverOptions): Delivery => {
  const truth = readTruth(ports, project, options.hosts)
  const who = { run: Buffer.from(ports.random.bytes(16)).toString('hex'), holder: holderName(ports.machine) }
  const [staged, ended] = [makeGate(), makeGate()]
  const outcomes = new Map<string, HostOutcome>()
  const endings = new Map<string, Ending>()
  const rollout = makeRollout(
    project.manifest.rollout.atOnce,
    () => truth.targets(),
    () => ports.clock.sleep(20),
  )
  let planning: Promise<FleetPlan> | null = null
  let plan: FleetPlan | null = null
  let recording: Promise<Uint8Array> | null = null

  const finish = (outcome: HostOutcome, ending?: Ending): void => {
    outcomes.set(outcome.host, outcome)
    if (ending !== undefined) endings.set(outcome.host, ending)
    staged.pass(outcome.host)
    ended.pass(outcome.host)
  }

  const planned = async (peers: readonly string[]): Promise<FleetPlan> => {
    await truth.settled(peers)
    planning ??= planDelivery(ports, project, truth, options, who)
    plan = await planning
    return plan
  }

  const targetOf = (fleet: FleetPlan, host: string): HostTarget => ({
    directory: truth.desired(host).directory,
    identity: {
      project: project.manifest.project,
      environment: project.environment,
      host,
      id: fleet.ids.get(host) ?? truth.facts(host)?.identity?.id ?? '',
    },
    run: who.run,
    revision: fleet.revision,
  })

  const inspect = async (channel: HostChannel): Promise<void> => {
    options.onHost(channel.name, 'is looked at')
    await truth.inspect(channel)
    const lost = truth.loss(channel.name)
    if (lost !== null) finish(lostOutcome(channel.name, lost))
  }

  const stage = async (channel: HostChannel, peers: readonly string[]): Promise<void> => {
    const fleet = await planned(peers)
    const one = fleet.hosts.get(channel.name)
    if (one === undefined) return
    if (one.action === 'refused') return finish(outcomeOf(one, 'refused'))
    if (one.action === 'keep') return finish(outcomeOf(one, 'kept'))
    if (options.check || channel.check) return finish(outcomeOf(one, 'planned'))
    const facts = factsOf(truth.facts(channel.name))
    const target = targetOf(fleet, channel.name)
    const isKeeper = truth.keepers().includes(channel.name)
    const isQuiet = one.containers.every((container) => container.action === 'keep')
    const { head, files } = await generationFiles(channel.name, one, fleet, facts)
    options.onHost(channel.name, one.action === 'deliver' ? `receives generation ${head.number}` : 'is prepared')
    if (facts.identity === null) await enrolHost(channel, target)
    const done = await stageHost(channel, target, {
      generation: head,
      files,
      holder: who.holder,
      over: takeOver(facts, ports),
      ledger: isKeeper ? (fleet.intent?.sealed ?? null) : null,
      switchNow: isQuiet ? { keep: keepOf(one), release: !isKeeper, replace: options.replaceFiles } : null,
    })
    if (!isQuiet) return staged.pass(channel.name)
    finish(outcomeOf(one, 'delivered'), { host: one.host, current: one.to, removed: done.removed ?? [] })
  }

  const generationFiles = async (host: string, one: HostPlan, fleet: FleetPlan, facts: HostFacts) => {
    const head = fleet.generations.get(host)
    if (head === undefined) return { head: inForce(facts, one), files: [] }
    const files = await sealGeneration(
      project,
      truth.desired(host),
      { ...head, revision: fleet.revision },
      ports.random,
    )
    return { head: { number: head.number, id: head.id }, files }
  }

  const switchOver = async (channel: HostChannel): Promise<void> => {
    const fleet = plan
    const one = fleet?.hosts.get(channel.name)
    if (fleet === null || one === undefined || outcomes.has(channel.name)) return
    const target = targetOf(fleet, channel.name)
    const done = await rollout.turn(channel.name, () => switchAndProve(switchInput(channel, fleet, one, target)))
    if (done === null) {
      const message = `held back: ${rollout.stoppedBy() ?? 'another host'} failed first`
      const problem = { code: 'PARTIAL' as const, message, hint: 'see what failed there, then run this again' }
      return finish({ ...outcomeOf(one, 'held-back'), problem })
    }
    finish(switchedOutcome(one, done), { host: one.host, current: done.ok ? one.to : one.from, removed: done.removed })
  }

  const switchInput = (channel: HostChannel, fleet: FleetPlan, one: HostPlan, target: HostTarget) => {
    const facts = factsOf(truth.facts(channel.name))
    const before = facts.current === null ? null : inForce(facts, one)
    const generation = fleet.generations.get(channel.name) ?? inForce(facts, one)
    const want = truth.desired(channel.name)
    return {
      host: channel,
      target,
      plan: one,
      generation: { number: generation.number, id: generation.id },
      before,
      rollout: project.manifest.rollout,
      replaceFiles: options.replaceFiles,
      release: !truth.keepers().includes(channel.name),
      onStep: (what: string) => options.onHost(channel.name, what),
      containerTarget: (container: { readonly name: string } & Parameters<typeof specDigest>[0]) => ({
        project: project.manifest.project,
        environment: project.environment,
        directory: want.directory,
        generation: { number: generation.number, id: generation.id },
        content: want.scopes
          .filter((scope) => scope.scope === `container/${container.name}`)
          .map(contentDigest)
          .join(''),
        spec: specDigest(container),
      }),
    }
  }

  /** Keepers write the ledger; a host where something went wrong is let go of. */
  const record = async (channel: HostChannel): Promise<void> => {
    const fleet = plan
    if (fleet === null || fleet.intent === null || options.check || channel.check) return
    if (truth.facts(channel.name) === null) return
    const target = targetOf(fleet, channel.name)
    const lease = { holder: who.holder, over: null }
    if (!truth.keepers().includes(channel.name)) {
      if (outcomes.get(channel.name)?.problem !== null) await recordHost(channel, target, null, lease)
      return
    }
    recording ??= finalLedger(fleet.intent.ledger, fleet.revision)
    await recordHost(channel, target, await recording, lease)
  }

  const finalLedger = async (open: Parameters<typeof withEndings>[0], revision: number): Promise<Uint8Array> => {
    const isWhole = [...outcomes.values()].every((one) => one.problem === null)
    const closed = withEndings(open, revision, [...endings.values()], isWhole ? 'done' : 'partial')
    const sealed = await sealLedger(project, closed, ports.random)
    await cacheLedger(ports.files, project, sealed)
    return sealed
  }

  const phases: Readonly<
    Record<Exclude<Phase, 'all'>, (channel: HostChannel, peers: readonly string[]) => Promise<void>>
  > = {
    inspect,
    stage,
    switch: switchOver,
    record,
  }

  /** One phase of one host; what goes wrong there ends this host and no other. */
  const take = async (phase: Exclude<Phase, 'all'>, channel: HostChannel, peers: readonly string[]): Promise<void> => {
    if (outcomes.has(channel.name) && phase !== 'record') return
    try {
      await phases[phase](channel, peers)
    } catch (error) {
      if (!(error instanceof SecretsError) || planning === null || plan === null) throw error
      const one = plan.hosts.get(channel.name)
      if (one !== undefined) finish({ ...outcomeOf(one, 'failed'), problem: problemOf(error) })
    }
  }

  const together = (channel: HostChannel, phase: Phase): readonly string[] => {
    const asked = [...new Set([...truth.targets(), ...truth.keepers()])]
    return phase === 'all' ? asked : asked.filter((host) => channel.batch.includes(host))
  }

  return {
    patterns: truth.patterns,
    script: {
      begin: truth.begin,
      gone: (host, loss) => {
        truth.lose(host, loss)
        finish(lostOutcome(host, truth.loss(host) ?? fail(loss.code, loss.reason)))
      },
      phase: async (channel, phase) => {
        const peers = together(channel, phase)
        const targets = peers.filter((host) => truth.targets().includes(host))
        if (phase !== 'all') await take(phase, channel, peers)
        else {
          await take('inspect', channel, peers)
          await take('stage', channel, peers)
          await staged.whenAll(targets)
          await take('switch', channel, peers)
          await ended.whenAll(targets)
          await take('record', channel, peers)
        }
        return resultOf(outcomes.get(channel.name))
      },
    },
    report: () => ({
      plan: plan?.id ?? '',
      environment: project.environment,
      revision: plan?.revision ?? 0,
      isCheck: options.check,
      hosts: truth.targets().flatMap((host) => outcomes.get(host) ?? []),
      notes: [...truth.notes().map((note) => `${note.at}: ${note.message}`), ...(plan?.notes ?? [])],
    }),
  }
}

const keepOf = (one: HostPlan): readonly number[] => [one.to, one.from].flatMap((number) => number ?? [])

const factsOf = (facts: HostFacts | null): HostFacts => {
  if (facts === null) throw fail('INTERNAL', 'a host without facts was planned')
  return facts
}

/** The generation that `current` names. */
const inForce = (facts: HostFacts, one: HostPlan): { readonly number: number; readonly id: string } => {
  const found = facts.scopes['host']?.manifest?.generation
  if (found !== undefined) return { number: found.number, id: found.id }
  throw fail('TAMPERED', 'its generation in force has no manifest', {
    at: one.host,
    hint: 'lockstep deploy delivers a new one',
  })
}

const switchedOutcome = (one: HostPlan, done: SwitchOutcome): HostOutcome => ({
  ...outcomeOf(one, done.ok ? (one.action === 'deliver' ? 'delivered' : 'restarted') : 'failed'),
  containers: done.containers,
  problem: done.problem,
})

const resultOf = (outcome: HostOutcome | undefined): PhaseResult => {
  if (outcome === undefined) return { changed: false }
  const { problem, changes } = outcome
  const changed = outcome.state === 'delivered' || outcome.state === 'restarted' || outcome.state === 'planned'
  const side = (which: 'from' | 'to'): string =>
    changes.flatMap((one) => (one[which] === null ? [] : `${one.secret} version ${one[which]}\n`)).join('')
  const diff = { before: side('from'), after: side('to') }
  if (problem === null) return { changed, diff }
  return {
    changed,
    diff,
    failed: { code: problem.code, message: [problem.message, problem.hint].filter(Boolean).join('; ') },
  }
}
