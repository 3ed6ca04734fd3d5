import type { Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import { withProject } from '../project/with-project.ts'
import type { Project } from '../project/project.ts'
import { getSecret } from '../secrets/get.ts'

/** Reads secrets of the project by name when they are asked for, each once: most sinks need none. */
export const projectSecrets = (ports: Ports, project: Project): ((name: string) => Promise<Secret>) => {
  const read = new Map<string, Promise<Secret>>()
  return (name) => {
    const started = read.get(name) ?? readOne(ports, project, name)
    read.set(name, started)
    return started
  }
}

const readOne = async (ports: Ports, project: Project, name: string): Promise<Secret> => {
  const names = { secrets: [name] }
  const intended = { action: 'read', names, found: () => ({ names }) } as const
  return (await withProject(ports, project, intended, (open) => getSecret(open, name))).value
}
