import { auditCopies } from './audit-copies.ts'
import { auditEngine } from './audit-engine.ts'
import { auditFiles } from './audit-files.ts'
import type { AuditInput } from './audit-host.ts'
import { auditLimits } from './audit-limits.ts'
import { auditMachine } from './audit-machine.ts'
import { auditPaths } from './audit-paths.ts'
import { auditProcesses } from './audit-processes.ts'
import type { Finding } from './findings.ts'

/** What is on a host around the paths of ours. Pure. */
export const auditAround = (input: AuditInput): readonly Finding[] =>
  [auditPaths, auditProcesses, auditCopies, auditFiles, auditEngine, auditMachine, auditLimits].flatMap((rules) =>
    rules(input),
  )
