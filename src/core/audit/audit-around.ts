import type { AuditInput } from './audit-host.ts'
import { auditPaths } from './audit-paths.ts'
import { auditProcesses } from './audit-processes.ts'
import type { Finding } from './findings.ts'

/** What is on a host around the paths of ours. Pure. */
export const auditAround = (input: AuditInput): readonly Finding[] => [...auditPaths(input), ...auditProcesses(input)]
