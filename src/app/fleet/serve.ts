import { everyday } from './delivery-context.ts'
import { isCode } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import { patternsOf } from '../../core/fleet/placement.ts'
import { conduct } from './conduct.ts'
import type { Delivery } from './deliver.ts'
import { prepareDelivery } from './deliver.ts'
import { checkCommitted } from './delivery-git.ts'
import { fleetProject } from './fleet-project.ts'
import type { AccessLog } from '../log/access-log.ts'
import { beginIn } from './run-delivery.ts'
import { withProject } from '../project/with-project.ts'
import type { Project } from '../project/project.ts'
import { findProject } from '../project/project.ts'

export interface ServeOptions {
  readonly socket: string
  /** Process id of the ansible-playbook that is served. */
  readonly parent: number
  /** Where the search for lockstep.yaml begins. */
  readonly directory: string
  readonly environment: string | undefined
}

/** Serves one ansible-playbook that was started by hand: it delivers as `lockstep deploy` does, task by task. */
export const serve = (ports: Ports, options: ServeOptions): Promise<void> =>
  ports.fleet.serve({
    socket: options.socket,
    parent: options.parent,
    prepare: async () => {
      const machine = { ...ports.machine, cwd: options.directory }
      const project = await findProject({ ...ports, machine }, options)
      return { patterns: patternsOf(project.manifest), script: conduct(() => openDelivery(ports, project)) }
    },
  })

/** The secrets are read anew for each delivery: a play may take hours. */
const openDelivery = (ports: Ports, project: Project): Promise<Delivery> =>
  withProject(ports, project, { action: 'deliver', goesOn: true }, async (open, log) => {
    await checkCommitted(ports, project)
    const options = { ...everyday, onBegin: beginIn(log) }
    return telling(log, prepareDelivery(ports, await fleetProject(open, log.head()), options))
  })

/** How it ended on each host goes to the access log as well. */
const telling = (log: AccessLog, delivery: Delivery): Delivery => {
  const phase: Delivery['script']['phase'] = async (channel, name) => {
    const done = await delivery.script.phase(channel, name)
    if (name === 'record' || done.failed !== undefined) {
      const code = done.failed?.code ?? 'done'
      const result = code === 'done' || isCode(code) ? code : 'INTERNAL'
      await log.tell({ action: 'deliver', names: { hosts: [channel.name] }, result })
    }
    return done
  }
  return { ...delivery, script: { ...delivery.script, phase } }
}
