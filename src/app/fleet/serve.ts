import { everyday } from './delivery-context.ts'
import type { Ports } from '../../core/ports.ts'
import { patternsOf } from '../../core/fleet/placement.ts'
import { conduct } from './conduct.ts'
import type { Delivery } from './deliver.ts'
import { prepareDelivery } from './deliver.ts'
import { checkCommitted } from './delivery-git.ts'
import { fleetProject } from './fleet-project.ts'
import { withProject } from '../project/open-project.ts'
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
  withProject(ports, project, { action: 'deliver' }, async (open) => {
    await checkCommitted(ports, project)
    return prepareDelivery(ports, await fleetProject(open), everyday)
  })
