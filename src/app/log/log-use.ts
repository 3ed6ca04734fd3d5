import type { LogVerdict } from '../../core/log/verify.ts'
import { withMetadata } from '../project/open-project.ts'
import type { PasswordPorts } from '../project/project-password.ts'
import type { Project } from '../project/project.ts'
import { readLog } from './read-log.ts'

/** The log of a project, judged. Opens no value. @throws NOT_FOUND without the project password */
export const openLog = (ports: PasswordPorts, project: Project): Promise<LogVerdict> =>
  withMetadata(ports, project, async (open) => readLog(ports, project, await open.keys()))
