import { auditLog, unreadableLog } from '../../core/audit/audit-log.ts'
import type { Finding } from '../../core/audit/findings.ts'
import { hasCode } from '../../core/errors.ts'
import { hearWitnesses, type CheckHead, type Witness } from '../../core/log/witnesses.ts'
import type { Ports } from '../../core/ports.ts'
import { logSeal } from '../../crypto/log-seal.ts'
import { newestWitness } from '../backup/log-witness.ts'
import type { OpenProject } from '../project/open-project.ts'
import { unusable } from './marks.ts'
import { heardBy, readLog } from './read-log.ts'

/** Is the access log as it was written, and as this machine, the newest backup and `others` have seen it? */
export const logFindings = async (
  ports: Pick<Ports, 'files' | 'machine'>,
  { project, keys: keysOf }: Pick<OpenProject, 'project' | 'keys'>,
  others: (checkHead: CheckHead) => readonly Witness[],
): Promise<readonly Finding[]> => {
  const keys = await keysOf()
  const backup = await newestWitness(ports, project, keys)
  try {
    // read last: nobody may have seen more of it than there is now
    const verdict = heardBy(await readLog(ports, project, keys), backup)
    const { problems } = hearWitnesses(verdict, others(logSeal(keys).checkHead))
    return auditLog([...verdict.problems, ...problems])
  } catch (error) {
    if (!hasCode(error, ...unusable)) throw error
    return [unreadableLog(error.message)]
  }
}
