import type { Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import { withProject } from '../project/open-project.ts'
import type { Project } from '../project/project.ts'
import { getSecret } from '../secrets/get.ts'

/** Reads secrets of the project by name when they are asked for, each once: most sinks need none. */
export const projectSecrets = (ports: Ports, project: Project): ((name: string) => Promise<Secret>) => {
  const read = new Map<string, Promise<Secret>>()
  return (name) => {
    const started =
      read.get(name) ??
      withProject(
        ports,
        project,
        { action: 'read', names: { secrets: [name] } },
        async (open) => (await getSecret(open, name)).value,
      )
    read.set(name, started)
    return started
  }
}
