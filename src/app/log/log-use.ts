import type { LogVerdict } from '../../core/log/verify.ts'
import { withMetadata } from '../project/with-project.ts'
import type { PasswordPorts } from '../project/project-password.ts'
import type { Project } from '../project/project.ts'
import { heardBy, readLog } from './read-log.ts'

/** The log of a project, judged. Opens no value. @throws NOT_FOUND without the project password */
export const openLog = (ports: PasswordPorts, project: Project): Promise<LogVerdict> =>
  withMetadata(ports, project, async (open) => readLog(ports, project, await open.keys()))

/** The same, compared with what the newest archive in backups/ has seen of it. */
export const openLogWithBackup = (ports: PasswordPorts, project: Project): Promise<LogVerdict> =>
  withMetadata(ports, project, async (open) => {
    const keys = await open.keys()
    const { newestWitness } = await import('../backup/log-witness.ts')
    // the log is read last: no archive may have seen more of it than there is now
    const seen = await newestWitness(ports, project, keys)
    return heardBy(await readLog(ports, project, keys), seen)
  })
