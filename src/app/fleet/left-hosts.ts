import type { Finding } from '../../core/audit/findings.ts'
import { finding } from '../../core/audit/findings.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import type { LeftHost } from '../../core/fleet/ledger-left.ts'
import { leftFix, leftHosts, leftWords } from '../../core/fleet/ledger-left.ts'
import type { FleetProject } from './fleet-project.ts'
import type { FleetTruth } from './fleet-truth.ts'

type Known = Pick<FleetTruth, 'given'>

const fixOf = ({ manifest, environment }: FleetProject, left: LeftHost): string =>
  leftFix(left, { project: manifest.project, environment })

/** What every verb that reads the ledger says of hosts that no longer belong. */
export const leftNotes = (project: FleetProject, truth: Known, ledger: Ledger): readonly string[] =>
  leftHosts(ledger, truth.given()).map((left) => `${left.host}: ${leftWords(left)}: ${fixOf(project, left)}`)

export const leftFindings = (project: FleetProject, truth: Known, ledger: Ledger): readonly Finding[] =>
  leftHosts(ledger, truth.given()).map((left) =>
    finding('HOST-LEFT', {
      host: left.host,
      path: left.directory,
      message: leftWords(left),
      fix: fixOf(project, left),
    }),
  )
