import type { OpenCredential } from '../../core/rotate/journal.ts'
import { Secret } from '../../core/secret.ts'
import type { SecretWrite } from '../secrets/plan-change.ts'
import type { FleetProject, ValuedSecret } from '../fleet/fleet-project.ts'

/** What the credential's secrets are to be, on the hosts and in the project: the new values, or, on the way back, the
 *  former ones under a version that no host has seen. A name without a value is to be gone. */
export const writesOf = (one: OpenCredential): readonly (SecretWrite & { readonly record: WriteRecord })[] => {
  const isBack = one.state === 'returning' || one.state === 'withdrawing'
  const values = isBack ? one.former : one.pending
  const names = Object.keys(isBack ? one.versions : one.pending)
  return names.map((name) => ({
    group: one.group,
    host: one.host,
    name,
    value: values[name] === undefined ? null : new Secret(values[name]),
    record: {
      version: one.versions[name] ?? 0,
      set: one.set,
      rotated: isBack ? (one.formerlyRotated[name] ?? null) : one.set,
    },
  }))
}

type WriteRecord = NonNullable<SecretWrite['record']>

/** The project as it will be once these are promoted. */
export const withPending = (project: FleetProject, open: readonly OpenCredential[]): FleetProject => {
  const writes = open.flatMap(writesOf)
  const isWritten = (one: ValuedSecret): boolean =>
    writes.some(({ group, host, name }) => group === one.group && host === one.host && name === one.name)
  const coming = writes.flatMap(({ group, host = null, name, value, record }): ValuedSecret[] =>
    value === null ? [] : [{ group, host, name, value, ...record }],
  )
  return { ...project, secrets: [...project.secrets.filter((one) => !isWritten(one)), ...coming] }
}

/** Those of which this clone does not hold what the fleet does: they were promoted elsewhere, or are not yet. */
export const unknownHere = (project: FleetProject, open: readonly OpenCredential[]): readonly OpenCredential[] =>
  open.filter((one) =>
    Object.entries(one.versions).some(
      ([name, version]) => version > (versionHere(project, one, name) ?? 0) && one.pending[name] !== undefined,
    ),
  )

const versionHere = ({ secrets }: FleetProject, { group, host }: OpenCredential, name: string): number | null =>
  secrets.find((one) => one.group === group && one.host === host && one.name === name)?.version ?? null
