import type { HostChannel } from '../../core/fleet/fleet.ts'
import type { HostFacts } from '../../core/fleet/host-facts.ts'
import { fail } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import { nullable, shape } from '../../core/shape.ts'
import type { Starter } from '../../core/watch/starter.ts'
import { starterName, starterOf } from '../../core/watch/starter.ts'
import { runningWatch } from '../../core/watch/watch-facts.ts'
import type { WatchChange } from '../../core/watch/watch-plan.ts'
import { watchChange } from '../../core/watch/watch-plan.ts'
import { sha256 } from '../../crypto/derive.ts'
import type { FleetProject } from '../fleet/fleet-project.ts'
import { operation } from '../fleet/host-steps.ts'
import type { HostTarget } from '../fleet/host-steps.ts'
import type { WatchPlanner } from '../fleet/plan-hosts.ts'

/** `setup --watch`, `--no-watch`. */
export interface WatchWish {
  readonly wanted: boolean
  /** With it goes what it wrote. */
  readonly forget: boolean
}

/** Brings the watch to hosts, or takes it away. */
export interface Watcher {
  /** SHA-256 of the program that is brought. */
  digest(): Promise<string>
  planner(): Promise<WatchPlanner>
  /** @throws UNAVAILABLE where it does not start, or the host has nothing to watch with */
  change(host: HostChannel, target: HostTarget, work: WatchWork): Promise<void>
}

interface WatchWork {
  readonly facts: HostFacts
  readonly change: WatchChange
}

/** Null where nobody wishes anything. */
export const makeWatcher = (
  { assets }: Pick<Ports, 'assets'>,
  project: FleetProject,
  wish: WatchWish | null,
): Watcher | null => {
  if (wish === null) return null
  const owner = { project: project.manifest.project, environment: project.environment }
  let agent: Promise<Uint8Array> | null = null
  const program = (): Promise<Uint8Array> => (agent ??= assets.watchAgent())
  const digest = async (): Promise<string> => sha256(await program())

  const starter = (facts: HostFacts): Starter => {
    const init = facts.watch?.init ?? null
    if (init !== null) {
      return starterOf(init, { ...owner, directory: facts.directory, interpreter: facts.watch?.interpreter ?? '' })
    }
    throw fail('UNAVAILABLE', 'nothing there would start the watch: it has neither systemd nor /etc/cron.d', {
      hint: 'install cron on it',
    })
  }

  return {
    digest,
    planner: async () => {
      const own = await digest()
      return (desired, facts, ledger) => {
        if (facts.watch === null) return null
        const known = ledger.hosts[desired.host]?.watches ?? null
        const text = wish.wanted ? starter(facts).text : ''
        return watchChange({ ...wish, facts: facts.watch, known, agent: own, starter: sha256(text) })
      }
    },
    change: async (host, target, { facts, change }) => {
      if (change === 'remove') {
        const header = { want: 'remove', name: starterName(owner), forget: wish.forget }
        await host.call(operation('watch', target, header))
        return
      }
      const { kind, name, text } = starter(facts)
      const header = { want: 'install', name, starter: kind, text, sha256: await digest() }
      installed(await host.call(operation('watch', target, header), { blobs: [await program()] }), host.name)
    },
  }
}

const installed = shape({ running: nullable(runningWatch) })
