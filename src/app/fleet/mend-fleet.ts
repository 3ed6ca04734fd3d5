import type { HostMends, Mend } from '../../core/audit/mend.ts'
import { SecretsError } from '../../core/errors.ts'
import type { HostChannel } from '../../core/fleet/fleet.ts'
import type { Ports } from '../../core/ports.ts'
import type { Mended } from './fleet-audit.ts'
import type { FleetLook, LookOptions } from './fleet-look.ts'
import { lookAtFleet } from './fleet-look.ts'
import type { FleetTruth } from './fleet-truth.ts'
import type { MendTarget } from './mend-host.ts'
import { mendHost } from './mend-host.ts'
import type { OpenProject } from '../project/open-project.ts'

/** Carries out a plan and looks at the hosts again. A path that is not as it was seen is left alone, and told. */
export const mendFleet = async (
  ports: Ports,
  open: OpenProject,
  options: LookOptions,
  { plan, seen }: { readonly plan: readonly HostMends[]; readonly seen: FleetLook },
): Promise<{ readonly look: FleetLook; readonly mended: readonly Mended[] }> => {
  const mended: Mended[] = []
  const before = async (channel: HostChannel, truth: FleetTruth): Promise<void> => {
    const mends = plan.find(({ host }) => host === channel.name)?.mends ?? []
    const identity = seen.truth.facts(channel.name)?.identity ?? null
    if (mends.length === 0 || identity === null) return
    const target = { directory: truth.desired(channel.name).directory, identity }
    mended.push(...(await mendOne(channel, target, mends)))
  }
  const look = await lookAtFleet(ports, open, { ...options, walk: true, before })
  const lost = plan.flatMap(({ host, mends }) =>
    mended.some((one) => one.host === host)
      ? []
      : left(host, mends, look.truth.loss(host)?.message ?? 'did not answer'),
  )
  return { look, mended: [...mended, ...lost].toSorted((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0)) }
}

const mendOne = async (
  channel: HostChannel,
  target: MendTarget,
  mends: readonly Mend[],
): Promise<readonly Mended[]> => {
  try {
    const reasons = await mendHost(channel, target, mends)
    return mends.map((mend, index): Mended => {
      const reason = reasons[index] ?? null
      return { host: channel.name, mend, state: reason === null ? 'mended' : 'left', reason }
    })
  } catch (error) {
    if (!(error instanceof SecretsError)) throw error
    return left(channel.name, mends, error.message)
  }
}

const left = (host: string, mends: readonly Mend[], reason: string): readonly Mended[] =>
  mends.map((mend) => ({ host, mend, state: 'left', reason }))
