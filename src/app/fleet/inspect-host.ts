import { auditPlaces, copyTops } from '../../core/audit/audit-places.ts'
import type { Sought } from '../../core/audit/sought.ts'
import type { Canonical } from '../../core/canonical.ts'
import { isLive } from '../../core/containers/live.ts'
import { pageAddress } from '../../core/containers/page-address.ts'
import type { PageAddress } from '../../core/containers/page-address.ts'
import type { DesiredHost } from '../../core/fleet/desired.ts'
import type { HostChannel, Operation } from '../../core/fleet/fleet.ts'
import type { HostFacts } from '../../core/fleet/host-facts.ts'
import { hostFacts } from '../../core/fleet/host-facts.ts'
import { starterName } from '../../core/watch/starter.ts'
import { mapValues } from '../../core/map-values.ts'
import type { Ports } from '../../core/ports.ts'
import { seekDigests } from '../../crypto/seek-digests.ts'
import { refuseMore, withTheRest } from '../watch/fetch-events.ts'
import type { FleetProject } from './fleet-project.ts'
import { soughtOn } from './sought-on.ts'

export interface InspectOptions {
  /** It keeps the ledger: its copy is asked for. */
  readonly isKeeper: boolean
  /** For an audit: every file below the directory, and what is around it. */
  readonly walk?: boolean
  /** The watch, and what it wrote: all of it since then, in as many calls as that takes. */
  readonly watch?: WatchQuestion
}

/** How the watch stands, and its events. */
export interface WatchQuestion {
  /** After this number, on the machine of that id; all on another. Empty: whichever it is. */
  readonly since: number
  readonly id: string
  /** In the first answer; 0: none are wanted. */
  readonly limit: number
}

/** Asks a host for all that what it should have depends on, and for no more. */
export const inspectHost = async (
  ports: Pick<Ports, 'clock' | 'random'>,
  host: HostChannel,
  project: FleetProject,
  want: DesiredHost,
  { isKeeper, walk, watch }: InspectOptions,
): Promise<HostFacts> => {
  const pages = statusPages(want)
  const units = unitsOf(want, pages)
  const live = want.containers.filter(isLive).map((one) => one.name)
  const owner = { project: project.manifest.project, environment: project.environment }
  const sought = walk === true ? await soughtThere(host, project, want) : null
  const before = ports.clock.now()
  const operation: Operation = {
    op: 'inspect',
    directory: want.directory,
    owner,
    ledger: isKeeper,
    engine: sought !== null || want.containers.some((one) => one.runs.kind !== 'systemd'),
    executable: want.containers.some((one) => one.receive !== 'mount'),
    statuses: mapValues(pages, pageOf),
    ...(sought === null
      ? {}
      : { walk: true, loose: true, audit: { places: auditPlaces(want), copies: copyTops, project: owner.project } }),
    ...(watch === undefined ? {} : { watch: { ...watch, name: starterName(owner) } }),
    ...(live.length === 0 ? {} : { live }),
    ...(Object.keys(units).length === 0 ? {} : { units }),
  }
  const blobs = sought === null ? [] : [seekDigests(ports.random, sought.forms)]
  const facts = hostFacts(await host.call(operation, { blobs }), `${host.name}: facts`)
  const after = ports.clock.now()
  refuseMore(facts.watch?.events ?? [], watch?.limit ?? 0, `${host.name}: watch`)
  const isAll = facts.watch === null || watch === undefined || watch.limit === 0
  const whole = isAll ? facts : { ...facts, watch: await withTheRest(host, want.directory, facts.watch) }
  return sought === null ? whole : { ...whole, asked: { sought, before, after } }
}

/** Digests help whoever wants to guess: they go to no machine that does not say that it is this host of this project,
 *  as one does that answers for another by a slip in the inventory. That takes a call of its own. */
const soughtThere = async (host: HostChannel, project: FleetProject, want: DesiredHost): Promise<Sought> => {
  const { manifest, environment } = project
  const { directory } = want
  const operation = {
    op: 'inspect',
    directory,
    owner: { project: manifest.project, environment },
    loose: true,
  } as const
  const { identity } = hostFacts(await host.call(operation), `${host.name}: facts`)
  const isIt =
    identity?.project === manifest.project && identity.environment === environment && identity.host === want.host
  return isIt ? soughtOn(project, want) : { forms: [], leftOut: [] }
}

/** A page's address as the receiver takes it. */
export const pageOf = (page: PageAddress): Canonical => ({
  ...(page.port === null ? {} : { port: page.port }),
  path: page.path,
  ...(page.address === null ? {} : { address: page.address }),
})

/** Status pages to ask, by container. */
const statusPages = (want: DesiredHost): Readonly<Record<string, PageAddress>> => {
  const pages: Record<string, PageAddress> = {}
  for (const container of want.containers) {
    const page = container.status === null ? null : pageAddress(container, container.status)
    if (page !== null) pages[container.name] = page
  }
  return pages
}

/** systemd units to ask about, by container. */
const unitsOf = (want: DesiredHost, pages: Readonly<Record<string, PageAddress>>): Record<string, Canonical> =>
  Object.fromEntries(
    want.containers.flatMap(({ name, runs }): [string, Canonical][] => {
      if (runs.kind !== 'systemd') return []
      const page = pages[name]
      return [[name, { unit: runs.unit, ...(page === undefined ? {} : { status: pageOf(page) }) }]]
    }),
  )
