import { randomId } from '../../crypto/derive.ts'
import type { HostPlan } from '../../core/fleet/delivery-plan.ts'
import type { DeliveryReport } from '../../core/fleet/delivery-report.ts'
import { lostOutcome, outcomeOf, problemOf } from '../../core/fleet/delivery-report.ts'
import { SecretsError, fail } from '../../core/errors.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import type { FleetScript, HostChannel, Phase } from '../../core/fleet/fleet.ts'
import type { DeliverOptions, DeliverPorts, DeliveryContext } from './delivery-context.ts'
import { makeProgress } from './delivery-progress.ts'
import type { FleetProject } from './fleet-project.ts'
import { lookWords, readTruth } from './fleet-truth.ts'
import { makeInstaller } from './install-executable.ts'
import { holderName } from './lease.ts'
import { phaseResult } from './phase-result.ts'
import type { FleetPlan } from './plan-delivery.ts'
import { planDelivery } from './plan-delivery.ts'
import { makeRecorder } from './record-delivery.ts'
import { scopePasswords } from './scope-passwords.ts'
import type { ScopePasswords } from './scope-passwords.ts'
import { takeTurns } from './turns.ts'
import { stage } from './stage-delivery.ts'
import { switchOver } from './switch-delivery.ts'
import { makeWatcher } from '../watch/watcher.ts'

/** The script of one delivery, for whichever play carries it, and its report once that has ended. */
export interface Delivery {
  readonly patterns: readonly string[]
  readonly script: FleetScript
  /** @throws what refused the whole plan (CONFLICT, TAMPERED) */
  report(): DeliveryReport
  /** The ledger as this delivery wrote it last; null: it has not. */
  written(): Ledger | null
}

type Step = (channel: HostChannel, isWhole: boolean) => Promise<void>

/** Reads the truth, plans, seals, stages on all hosts at once, switches in batches proving each, records. */
export const prepareDelivery = (
  ports: DeliverPorts,
  project: FleetProject,
  options: DeliverOptions,
  passwords: ScopePasswords = scopePasswords(ports.random),
): Delivery => {
  const { partOf: run = randomId(ports.random), only = null, abandoned = [] } = options
  const truth = readTruth(ports, project, options.hosts, { run, only, abandoned })
  const who = { run, holder: holderName(ports.machine) }
  const progress = makeProgress()
  const installer = makeInstaller(ports)
  const watcher = makeWatcher(ports, project, options.watch ?? null)
  const rollout = takeTurns(
    project.manifest.rollout.atOnce,
    () => truth.targets(),
    () => ports.clock.sleep(20),
  )
  const context: DeliveryContext = { ports, project, options, truth, who, progress, passwords }
  const recorder = makeRecorder(context)
  const staging = { ...context, installer, recorder, watcher }
  let planning: Promise<FleetPlan> | null = null
  let plan: FleetPlan | null = null
  let refusal: unknown = null

  const makePlan = async (): Promise<FleetPlan> => {
    const made = await planDelivery(ports, project, truth, options, who, installer.own, watcher)
    if (!options.check) await made.intent?.sealed()
    return made
  }

  const planned = async (isWhole: boolean): Promise<FleetPlan> => {
    // in a playbook of the user's, Ansible itself ends one task for all hosts before it begins the next
    if (isWhole) await truth.settled([...new Set([...truth.targets(), ...truth.keepers()])])
    planning ??= makePlan()
    try {
      plan = await planning
      return plan
    } catch (error) {
      refusal ??= error
      throw error
    }
  }

  const steps: Readonly<Record<Exclude<Phase, 'all'>, Step>> = {
    inspect: async (channel) => {
      await truth.inspect(channel, watcher === null ? {} : { watch: { since: 2 ** 31 - 1, id: '', limit: 0 } })
      options.onHost(channel.name, lookWords(truth, channel.name))
      const lost = truth.loss(channel.name)
      if (lost !== null) progress.finish(lostOutcome(channel.name, lost, options.mode))
    },
    stage: async (channel, isWhole) => stage(staging, await planned(isWhole), channel, isWhole),
    switch: async (channel, isWhole) => {
      const fleet = await planned(isWhole)
      const one = fleet.hosts.get(channel.name)
      if (one !== undefined && !progress.prepared.has(channel.name)) await prepareLate(fleet, channel, one)
      await switchOver({ ...context, rollout }, fleet, channel)
    },
    record: async (channel) => {
      if (plan !== null) await recorder.end(plan, channel)
    },
  }

  /** For a play with the tag `switch` alone: what an earlier one staged. */
  const prepareLate = async (fleet: FleetPlan, channel: HostChannel, one: HostPlan): Promise<void> => {
    if (one.action === 'deliver' && !one.isStaged && !options.check && !channel.check) {
      throw fail('CONFLICT', 'the secrets it should have are not staged on it', {
        at: channel.name,
        hint: 'run the play with the tag stage first, or without tags',
      })
    }
    await stage(staging, fleet, channel, false)
  }

  /** One step of one host; what goes wrong there ends this host and no other, and leaves nobody waiting for it. */
  const take = async (phase: Exclude<Phase, 'all'>, channel: HostChannel, isWhole: boolean): Promise<void> => {
    const host = channel.name
    if (progress.outcomes.has(host) && phase !== 'record') return
    try {
      await steps[phase](channel, isWhole)
    } catch (error) {
      const known = error instanceof SecretsError ? error : fail('INTERNAL', 'the delivery broke', { cause: error })
      const one = plan?.hosts.get(host)
      if (phase === 'record') progress.unrecorded.set(host, problemOf(known))
      else if (one === undefined) progress.finish(lostOutcome(host, known, options.mode))
      else progress.finish({ ...outcomeOf(one, 'failed'), problem: problemOf(known) })
      if (!(error instanceof SecretsError)) throw error
    }
  }

  const takeAll = async (channel: HostChannel): Promise<void> => {
    await take('inspect', channel, true)
    await take('stage', channel, true)
    await progress.staged.whenAll(truth.targets())
    await take('switch', channel, true)
    await progress.ended.whenAll(truth.targets())
    await take('record', channel, true)
  }

  return {
    patterns: truth.patterns,
    script: {
      begin: truth.begin,
      gone: (host, loss) => {
        truth.lose(host, loss)
        options.onHost(host, lookWords(truth, host))
        progress.finish(lostOutcome(host, truth.loss(host) ?? fail(loss.code, loss.reason), options.mode))
      },
      phase: async (channel, phase) => {
        const host = channel.name
        if (phase === 'all') await takeAll(channel)
        else await take(phase, channel, false)
        return phaseResult(phase, {
          plan: plan?.hosts.get(host) ?? null,
          outcome: progress.outcomes.get(host) ?? null,
          isStaged: progress.prepared.has(host),
          unrecorded: progress.unrecorded.get(host) ?? null,
        })
      },
    },
    report: () => {
      if (refusal !== null) throw refusal
      return reportOf(context, plan)
    },
    written: recorder.written,
  }
}

const reportOf = ({ project, options, truth, progress }: DeliveryContext, plan: FleetPlan | null): DeliveryReport => ({
  plan: plan?.id ?? '',
  environment: project.environment,
  revision: plan?.revision ?? 0,
  isCheck: options.check,
  hosts: truth.targets().flatMap((host) => progress.outcomes.get(host) ?? []),
  unrecorded: [...progress.unrecorded.keys()],
  notes: [
    ...truth.notes().map((note) => `${note.at}: ${note.message}`),
    ...(plan?.notes ?? []),
    ...Array.from(
      progress.unrecorded,
      ([host, { message }]) => `${host}: its copy of the ledger is not written: ${message}`,
    ),
  ],
})
