import { pathFrom } from '../../core/absolute-path.ts'
import type { DeliveryReport } from '../../core/fleet/delivery-report.ts'
import { defaultEnvironment } from '../../core/manifest/environment.ts'
import { fail } from '../../core/errors.ts'
import type { Names } from '../../core/log/entry.ts'
import type { Ports } from '../../core/ports.ts'
import { prepareDelivery } from './deliver.ts'
import type { DeliverOptions } from './delivery-context.ts'
import { checkCommitted } from './delivery-git.ts'
import { deriveAhead } from './derive-ahead.ts'
import { fleetProject } from './fleet-project.ts'
import { scopePasswords } from './scope-passwords.ts'
import type { AccessLog } from '../log/access-log.ts'
import { withProject, type Intended } from '../project/with-project.ts'
import type { Project } from '../project/project.ts'

/** `lockstep setup` and `lockstep deploy`: one play of our own over the whole fleet. */
export const runDelivery = (
  ports: Ports,
  project: Project,
  options: DeliverOptions & { readonly arguments: readonly string[] },
): Promise<DeliveryReport> => {
  let hasBegun = false
  const intended = { ...intendedBy(options), hasBegun: () => hasBegun }
  return withProject(ports, project, intended, async (open, log) => {
    const onBegin = (names: Names): Promise<void> => {
      hasBegun = true
      return beginIn(log)(names)
    }
    const { report, notes } = await ports.fleet.run({
      prepare: async () => {
        const [notes, own] = await Promise.all([checkCommitted(ports, project), fleetProject(open, log.head())])
        const passwords = scopePasswords(ports.random)
        if (!options.check) void deriveAhead(ports, own, passwords)
        return { ...prepareDelivery(ports, own, { ...options, onBegin }, passwords), notes }
      },
      inventory: await readyInventory(ports, project, options.arguments),
      directory: project.root,
      arguments: options.arguments,
    })
    const done = report()
    return { ...done, notes: [...done.notes, ...notes] }
  })
}

/** The second entry of a delivery: its hosts and what they get. */
export const beginIn =
  (log: AccessLog) =>
  async (names: Names): Promise<void> =>
    void (await log.write({ action: 'deliver', names, result: 'begun' }))

/** What the hosts are, and what they get, is known once it is planned. */
const intendedBy = ({ check, hosts }: DeliverOptions): Intended<DeliveryReport> => ({
  action: check ? 'look' : 'deliver',
  names: { hosts: hosts === null ? [] : [hosts] },
  found: (report) => {
    const changed = report.hosts.filter(({ state }) => state !== 'kept')
    const isWhole = report.hosts.every(({ problem }) => problem === null)
    return { names: { hosts: changed.map(({ host }) => host) }, result: isWhole ? 'done' : 'PARTIAL' }
  },
})

/** As `inventoryOf`; Ansible would only warn of one that is not there, and go to no host. One that the person names
 *  after `--` may stand in its place.
 *  @throws CONFIG */
export const readyInventory = async (
  ports: Pick<Ports, 'files' | 'machine'>,
  project: Project,
  given: readonly string[],
): Promise<string | null> => {
  const path = await inventoryOf(ports, project)
  if (path === null || path.includes(',')) return path
  if ((await ports.files.stat(pathFrom(project.root, path))) !== null) return path
  if (given.some((word) => /^(-i|--inv)/.test(word))) return null
  throw fail('CONFIG', 'the inventory is not there', {
    at: path,
    hint: 'write it, one host on a line, or name another: `inventory:` in lockstep.yaml',
  })
}

/** The manifest's, else ansible.cfg's (null), else inventory/production. Another environment does not fall back to
 *  the hosts that ansible.cfg names: those are the default one's. */
export const inventoryOf = async (
  { files, machine }: Pick<Ports, 'files' | 'machine'>,
  project: Project,
): Promise<string | null> => {
  const usual = `inventory/${project.environment}`
  if (project.manifest.inventory !== null) return project.manifest.inventory
  if (machine.environment['ANSIBLE_INVENTORY'] !== undefined) return null
  if (project.environment !== defaultEnvironment) return usual
  const config = await files.read(`${project.root}/ansible.cfg`, { max: 1024 * 1024 })
  const names = config === null ? false : /^\s*inventory\s*=/m.test(new TextDecoder().decode(config))
  return names ? null : usual
}
