import { hasCode } from '../../core/errors.ts'
import { defaultEnvironment } from '../../core/manifest/environment.ts'
import { openProject, type OpenProject } from '../project/open-project.ts'
import { findRoot, readProject } from '../project/project.ts'
import { projectPassword, type PasswordPorts } from '../project/project-password.ts'

/** The project around the working directory as far as it opens; null where there is none, or nobody has its password. */
export const openHere = async (
  ports: PasswordPorts,
  environment: string = defaultEnvironment,
): Promise<OpenProject | null> => {
  const root = await findRoot(ports)
  if (root === null) return null
  try {
    const project = await readProject(ports, root, environment)
    return openProject(ports, project, await projectPassword(ports, project))
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return null
    throw error
  }
}
