import type { HostPlan } from '../core/delivery-plan.ts'
import type { DeliveryReport, HostOutcome, HostProblem } from '../core/delivery-report.ts'
import { lostOutcome, outcomeOf, problemOf } from '../core/delivery-report.ts'
import { SecretsError, fail } from '../core/errors.ts'
import type { FleetScript, HostChannel, Phase } from '../core/fleet.ts'
import type { HostFacts } from '../core/host-facts.ts'
import type { Ending } from '../core/ledger.ts'
import { withEndings } from '../core/ledger.ts'
import { keptGenerations } from '../core/unfinished.ts'
import type { Ports } from '../core/ports.ts'
import { scopeDigest } from '../crypto/scope-digest.ts'
import type { FleetProject } from './fleet-project.ts'
import { readTruth } from './fleet-truth.ts'
import { makeGate } from './gate.ts'
import { enrolHost, recordHost, stageHost } from './host-steps.ts'
import type { HostTarget } from './host-steps.ts'
import { makeInstaller } from './install-executable.ts'
import { holderName } from './lease.ts'
import { cacheHolders, cacheLedger, sealLedger } from './ledger-store.ts'
import type { FleetPlan, PlanOptions } from './plan-delivery.ts'
import { contentDigest, planDelivery, specDigest } from './plan-delivery.ts'
import { phaseResult } from './phase-result.ts'
import { makeRollout } from './rollout.ts'
import { sealGeneration, valuesOf } from './seal-generation.ts'
import { switchAndProve } from './switch-host.ts'
import type { SwitchOutcome } from './switch-host.ts'

export interface DeliverOptions extends PlanOptions {
  /** Ansible pattern; null: all. */
  readonly hosts: string | null
  readonly check: boolean
  readonly onHost: (host: string, state: string) => void
}

export type DeliverPorts = Pick<Ports, 'files' | 'clock' | 'random' | 'machine' | 'assets'>

/** The script of one delivery, for whichever play carries it, and its report once that has ended. */
export interface Delivery {
  readonly patterns: readonly string[]
  readonly script: FleetScript
  /** @throws what refused the whole plan (CONFLICT, TAMPERED) */
  report(): DeliveryReport
}

/** Reads the truth, plans, seals, stages on all hosts at once, switches in batches proving each, records. */
export const prepareDelivery = (ports: DeliverPorts, project: FleetProject, options: DeliverOptions): Delivery => {
  const truth = readTruth(ports, project, options.hosts)
  const who = { run: Buffer.from(ports.random.bytes(16)).toString('hex'), holder: holderName(ports.machine) }
  const [staged, ended] = [makeGate(), makeGate()]
  const installer = makeInstaller(ports)
  const outcomes = new Map<string, HostOutcome>()
  const endings = new Map<string, Ending>()
  const touched = new Set<string>()
  const prepared = new Set<string>()
  const holders: string[] = []
  const unrecorded = new Map<string, HostProblem>()
  const rollout = makeRollout(
    project.manifest.rollout.atOnce,
    () => truth.targets(),
    () => ports.clock.sleep(20),
  )
  let planning: Promise<FleetPlan> | null = null
  let plan: FleetPlan | null = null
  let recording: Promise<Uint8Array> | null = null
  let refusal: unknown = null

  const finish = (outcome: HostOutcome, ending?: Ending): void => {
    outcomes.set(outcome.host, outcome)
    if (ending !== undefined) endings.set(outcome.host, ending)
    staged.pass(outcome.host)
    ended.pass(outcome.host)
  }

  const planned = async (isWhole: boolean): Promise<FleetPlan> => {
    // in a playbook of the user's, Ansible itself ends one task for all hosts before it begins the next
    if (isWhole) await truth.settled(asked())
    planning ??= planDelivery(ports, project, truth, options, who, installer.own)
    try {
      plan = await planning
      return plan
    } catch (error) {
      refusal ??= error
      throw error
    }
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

  const stage = async (channel: HostChannel, isWhole: boolean): Promise<void> => {
    const fleet = await planned(isWhole)
    const one = fleet.hosts.get(channel.name)
    if (one === undefined) return
    if (one.action === 'refused') return finish(outcomeOf(one, 'refused'))
    if (one.action === 'keep') return finish(outcomeOf(one, 'kept'))
    if (options.check || channel.check) return finish(outcomeOf(one, 'planned'))
    const facts = factsOf(truth.facts(channel.name))
    const target = targetOf(fleet, channel.name)
    const isKeeper = truth.keepers().includes(channel.name)
    const isQuiet = isWhole && !one.installs && one.containers.every((container) => container.action === 'keep')
    const { head, files } = await generationFiles(channel.name, one, fleet, facts)
    options.onHost(channel.name, one.action === 'deliver' ? `receives generation ${head.number}` : 'is prepared')
    if (facts.identity === null) await enrolHost(channel, target)
    touched.add(channel.name)
    const done = await stageHost(channel, target, {
      generation: head,
      files,
      holder: who.holder,
      over: fleet.over.get(channel.name) ?? null,
      ledger: isKeeper ? (fleet.intent?.sealed ?? null) : null,
      switchNow: isQuiet ? { keep: keepOf(one, facts), release: !isKeeper, replace: options.replaceFiles } : null,
    })
    if (one.installs) await installer.install(channel, target)
    prepared.add(channel.name)
    endings.set(channel.name, { host: one.host, current: one.from, removed: [] })
    if (!isQuiet) return staged.pass(channel.name)
    finish(outcomeOf(one, doneState(one)), { host: one.host, current: one.to, removed: done.removed ?? [] })
  }

  const generationFiles = async (host: string, one: HostPlan, fleet: FleetPlan, facts: HostFacts) => {
    const head = fleet.generations.get(host)
    if (head === undefined) return { head: inForce(facts, one), files: [] }
    if (one.isStaged) return { head: { number: head.number, id: head.id }, files: [] }
    const files = await sealGeneration(
      project,
      truth.desired(host),
      { ...head, revision: fleet.revision },
      ports.random,
    )
    return { head: { number: head.number, id: head.id }, files }
  }

  const switchOver = async (channel: HostChannel, isWhole: boolean): Promise<void> => {
    const fleet = await planned(isWhole)
    const one = fleet.hosts.get(channel.name)
    if (one !== undefined && !prepared.has(channel.name)) await prepareLate(channel, one)
    if (one === undefined || outcomes.has(channel.name)) return
    const target = targetOf(fleet, channel.name)
    const done = await rollout.turn(channel.name, () => switchAndProve(switchInput(channel, fleet, one, target)))
    if (done === null) {
      const message = `held back: ${rollout.stoppedBy() ?? 'another host'} failed first`
      const problem = { code: 'PARTIAL' as const, message, hint: 'see what failed there, then run this again' }
      return finish({ ...outcomeOf(one, 'held-back'), problem })
    }
    finish(switchedOutcome(one, done), { host: one.host, current: done.ok ? one.to : one.from, removed: done.removed })
  }

  /** For a play with the tag `switch` alone: what an earlier one staged. */
  const prepareLate = async (channel: HostChannel, one: HostPlan): Promise<void> => {
    if (one.action === 'deliver' && !one.isStaged && !options.check && !channel.check) {
      throw fail('CONFLICT', 'the secrets it should have are not staged on it', {
        at: channel.name,
        hint: 'run the play with the tag stage first, or without tags',
      })
    }
    await stage(channel, false)
  }

  const switchInput = (channel: HostChannel, fleet: FleetPlan, one: HostPlan, target: HostTarget) => {
    const facts = factsOf(truth.facts(channel.name))
    const before = facts.scopes['host']?.manifest?.generation ?? null
    const generation = fleet.generations.get(channel.name) ?? inForce(facts, one)
    const want = truth.desired(channel.name)
    return {
      host: channel,
      target,
      plan: one,
      units: facts.units,
      generation: { number: generation.number, id: generation.id },
      before,
      keep: keepOf(one, facts),
      rollout: project.manifest.rollout,
      replaceFiles: options.replaceFiles,
      release: !truth.keepers().includes(channel.name),
      onStep: (what: string) => options.onHost(channel.name, what),
      containerTarget: (container: { readonly name: string } & Parameters<typeof specDigest>[0]) => ({
        project: project.manifest.project,
        environment: project.environment,
        directory: want.directory,
        generation: { number: generation.number, id: generation.id },
        revision: fleet.revision,
        content: want.scopes
          .filter((scope) => scope.scope === `container/${container.name}`)
          .map(contentDigest)
          .join(''),
        digest: scopeDigest(project.keys.host(channel.name), valuesOf(project, want, `container/${container.name}`)),
        spec: specDigest(container),
      }),
    }
  }

  /** Keepers write the ledger; a host where something went wrong, or where this play stops before the switch, is let
   *  go of. */
  const record = async (channel: HostChannel): Promise<void> => {
    const fleet = plan
    if (fleet === null || fleet.intent === null || options.check || channel.check) return
    const isOurs = prepared.has(channel.name) || (truth.facts(channel.name)?.identity ?? null) !== null
    if (!isOurs || fleet.hosts.get(channel.name)?.action === 'refused') return
    const target = targetOf(fleet, channel.name)
    const lease = { holder: who.holder, over: fleet.over.get(channel.name) ?? null }
    if (!truth.keepers().includes(channel.name)) {
      const isOpen = outcomes.get(channel.name)?.problem !== null
      if (touched.has(channel.name) && isOpen) await recordHost(channel, target, null, lease)
      return
    }
    recording ??= finalLedger(fleet.intent.ledger, fleet.revision)
    await recordHost(channel, target, await recording, lease)
    holders.push(channel.name)
    await cacheHolders(ports.files, project, fleet.revision, holders)
  }

  const finalLedger = async (open: Parameters<typeof withEndings>[0], revision: number): Promise<Uint8Array> => {
    const isWhole = [...endings.keys()].every((host) => outcomes.get(host)?.problem === null)
    const closed = withEndings(open, revision, [...endings.values()], isWhole ? 'done' : 'partial')
    const sealed = await sealLedger(project, closed, ports.random)
    await cacheLedger(ports.files, project, sealed)
    return sealed
  }

  const phases: Readonly<Record<Exclude<Phase, 'all'>, (channel: HostChannel, isWhole: boolean) => Promise<void>>> = {
    inspect,
    stage,
    switch: switchOver,
    record,
  }

  /** One phase of one host; what goes wrong there ends this host and no other, and leaves nobody waiting for it. */
  const take = async (phase: Exclude<Phase, 'all'>, channel: HostChannel, isWhole: boolean): Promise<void> => {
    if (outcomes.has(channel.name) && phase !== 'record') return
    try {
      await phases[phase](channel, isWhole)
    } catch (error) {
      const known = error instanceof SecretsError ? error : fail('INTERNAL', 'the delivery broke', { cause: error })
      const one = plan?.hosts.get(channel.name)
      if (phase === 'record') unrecorded.set(channel.name, problemOf(known))
      else if (one === undefined) finish(lostOutcome(channel.name, known))
      else finish({ ...outcomeOf(one, 'failed'), problem: problemOf(known) })
      if (!(error instanceof SecretsError)) throw error
    }
  }

  const asked = (): readonly string[] => [...new Set([...truth.targets(), ...truth.keepers()])]

  const takeAll = async (channel: HostChannel): Promise<void> => {
    await take('inspect', channel, true)
    await take('stage', channel, true)
    await staged.whenAll(truth.targets())
    await take('switch', channel, true)
    await ended.whenAll(truth.targets())
    await take('record', channel, true)
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
        if (phase === 'all') await takeAll(channel)
        else await take(phase, channel, false)
        const host = channel.name
        return phaseResult(phase, {
          plan: plan?.hosts.get(host) ?? null,
          outcome: outcomes.get(host) ?? null,
          isStaged: prepared.has(host),
          unrecorded: unrecorded.get(host) ?? null,
        })
      },
    },
    report: () => {
      if (refusal !== null) throw refusal
      return {
        plan: plan?.id ?? '',
        environment: project.environment,
        revision: plan?.revision ?? 0,
        isCheck: options.check,
        hosts: truth.targets().flatMap((host) => outcomes.get(host) ?? []),
        unrecorded: [...unrecorded.keys()],
        notes: [
          ...truth.notes().map((note) => `${note.at}: ${note.message}`),
          ...(plan?.notes ?? []),
          ...[...unrecorded].map(([host, { message }]) => `${host}: its copy of the ledger is not written: ${message}`),
        ],
      }
    },
  }
}

const keepOf = (one: HostPlan, facts: HostFacts): readonly number[] =>
  one.action === 'tidy' ? keptGenerations(facts) : [one.to, one.from].flatMap((number) => number ?? [])

const doneState = ({ action }: HostPlan): HostOutcome['state'] =>
  action === 'deliver' ? 'delivered' : action === 'tidy' ? 'tidied' : 'restarted'

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
  ...outcomeOf(one, done.ok ? doneState(one) : 'failed'),
  containers: done.containers,
  problem: done.problem,
})
