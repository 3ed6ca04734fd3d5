import type { StatusReport } from '../../src/core/fleet/status-report.ts'

/** A report of a fleet without hosts and backups, but for what is given. */
export const statusReport = (given: Partial<StatusReport> = {}): StatusReport => ({
  environment: 'production',
  revision: 1,
  hosts: [],
  overdue: [],
  backup: {
    verified: null,
    made: null,
    behind: [],
    every: null,
    isOverdue: false,
    damage: [],
    says: 'never: lockstep backup',
  },
  rotations: null,
  notes: [],
  isAtWork: false,
  isInStep: true,
  ...given,
})
