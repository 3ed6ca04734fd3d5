import { fail, hasCode } from '../../core/errors.ts'
import { groupOfSecret } from '../../core/manifest/manifest.ts'
import type { Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import type { OpenProject } from '../project/open-project.ts'
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

/** It may be read of in lockstep.yaml alone so far. */
const required = async (open: OpenProject, name: string): ReturnType<typeof getSecret> => {
  try {
    return await getSecret(open, name)
  } catch (cause) {
    if (!hasCode(cause, 'NOT_FOUND') || groupOfSecret(open.project.manifest, name) !== null) throw cause
    const hint = `lockstep set ${name} --group alerts`
    throw fail('NOT_FOUND', `there is no secret ${name} yet`, { at: 'alerts in lockstep.yaml', hint, cause })
  }
}

const readOne = async (ports: Ports, project: Project, name: string): Promise<Secret> => {
  const names = { secrets: [name] }
  const intended = { action: 'read', names, found: () => ({ names }) } as const
  return (await withProject(ports, project, intended, (open) => required(open, name))).value
}
