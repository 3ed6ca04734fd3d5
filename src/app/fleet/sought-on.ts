import type { Sought } from '../../core/audit/sought.ts'
import { soughtForms } from '../../core/audit/sought.ts'
import type { DesiredHost } from '../../core/fleet/desired.ts'
import type { FleetProject } from './fleet-project.ts'

/** What an audit looks for on one host: the values that it is given, and the password that it must never see. Values of
 *  other hosts are not looked for: their digests would be a gift to whoever is root here. */
export const soughtOn = (project: FleetProject, { scopes }: Pick<DesiredHost, 'scopes'>): Sought => {
  const placed = new Set(scopes.flatMap((one) => one.secrets.map(keyOf)))
  const values = project.secrets.filter((one) => placed.has(keyOf(one)))
  return soughtForms([
    ...values.map(({ name, value }) => ({ what: { kind: 'secret', name } as const, value })),
    { what: { kind: 'project-password', name: null }, value: project.password },
  ])
}

const keyOf = ({ name, group, host }: { name: string; group: string; host: string | null }): string =>
  JSON.stringify([name, group, host])
