import type { Secret } from '../core/secret.ts'
import type { PasswordPorts } from './project-password.ts'
import type { Project } from './project.ts'

/** The project password as wrapped for one person in secrets/operators. Null when there is no such file for us. */
export const passwordOfOperator = async (ports: PasswordPorts, project: Project): Promise<Secret | null> => {
  const names = await ports.files.list(project.paths.operators)
  return names === null ? null : null
}
