import { SecretsError, fail } from '../../core/errors.ts'
import { mapValues } from '../../core/map-values.ts'
import type { Ports } from '../../core/ports.ts'
import type { Credential } from '../../core/rotate/credential.ts'
import type { OpenCredential } from '../../core/rotate/journal.ts'
import type { Attempt, Held, Proposal, Rotator, Step, Values } from '../../core/rotate/rotator.ts'
import { Secret } from '../../core/secret.ts'
import type { FleetProject } from '../fleet/fleet-project.ts'

export interface StepOptions {
  readonly isEmergency: boolean
  readonly signal: AbortSignal
}

/** What the manifest names for it. @throws CONFIG */
export const rotatorOf = (
  ports: Pick<Ports, 'rotator'>,
  { root, manifest }: Pick<FleetProject, 'root' | 'manifest'>,
  credential: Credential,
): Promise<Rotator> => ports.rotator(credential, { root, name: manifest.project })

const stepOf = ({ secrets }: Pick<FleetProject, 'secrets'>, host: string | null, options: StepOptions): Step => ({
  ...options,
  secret: (name) =>
    (
      secrets.find((one) => one.name === name && one.host === host) ??
      secrets.find((one) => one.name === name && one.host === null)
    )?.value ?? null,
})

/** What is in force now. */
export const heldOf = (
  project: Pick<FleetProject, 'secrets'>,
  { host, names }: Pick<Credential, 'host' | 'names'>,
  options: StepOptions,
): Held => ({ ...stepOf(project, host, options), values: valuesIn(project, host, names) })

/** Values by name, those of a host where it has its own. */
export const valuesIn = (
  { secrets }: Pick<FleetProject, 'secrets'>,
  host: string | null,
  names: readonly string[],
): Values =>
  new Map(
    names.flatMap((name) => {
      const found = secrets.find((one) => one.name === name && one.host === host)
      return found === undefined ? [] : [[name, found.value] as const]
    }),
  )

const asValues = (named: Readonly<Record<string, string>>): Values =>
  new Map(Object.entries(named).map(([name, value]) => [name, new Secret(value)]))

/** For the ledger, which is sealed as a whole. */
export const asText = (values: Values): Readonly<Record<string, string>> =>
  mapValues(Object.fromEntries(values), (value) => value.reveal())

export const attemptOf = (
  project: Pick<FleetProject, 'secrets'>,
  open: OpenCredential,
  signal: AbortSignal,
): Attempt => ({
  ...stepOf(project, open.host, { isEmergency: open.isEmergency, signal }),
  former: asValues(open.former),
  pending: asValues(open.pending),
  marks: open.marks,
})

/** The credential as its rotator has installed it. What got no new value is not touched.
 *  @throws INTERNAL for a value that is none of its own, and for none */
export const withInstalled = (open: OpenCredential, { values, marks }: Proposal): OpenCredential => {
  const stranger = [...values.keys()].find((name) => open.versions[name] === undefined)
  const pending = { ...open.pending, ...asText(values) }
  const names = Object.keys(pending)
  if (stranger !== undefined || names.length === 0) {
    throw fail('INTERNAL', `the rotator ${open.with} gave ${stranger === undefined ? 'no value' : 'a foreign value'}`)
  }
  const versions = Object.fromEntries(Object.entries(open.versions).filter(([name]) => names.includes(name)))
  return { ...open, pending, versions, marks: { ...marks }, state: 'installed', problem: null }
}

/** A rotator, or its settings, did not do what it was asked. Errors of the journal are none. */
export class Refused extends Error {
  readonly problem: SecretsError
  constructor(problem: SecretsError) {
    super(problem.message, { cause: problem })
    this.problem = problem
  }
}

/** @throws Refused */
export const asked = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    throw error instanceof SecretsError ? new Refused(error) : error
  }
}

/** Of an error that is not ours nothing is told. */
export const problemText = (error: unknown): string =>
  error instanceof SecretsError ? [error.message, error.hint].filter(Boolean).join('; ') : 'its rotator broke'
