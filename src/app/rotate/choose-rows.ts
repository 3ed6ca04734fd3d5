import { isoTime } from '../../core/duration.ts'
import { SecretsError, fail } from '../../core/errors.ts'
import { problemOf } from '../../core/fleet/delivery-report.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import { few } from '../../core/names.ts'
import { ageNote, candidate, choose, type Candidate } from '../../core/rotate/choose.ts'
import type { Credential } from '../../core/rotate/credential.ts'
import { credentialsOf, unlistedBeside, writtenNames } from '../../core/rotate/credentials.ts'
import { openCredentials, type OpenCredential } from '../../core/rotate/journal.ts'
import { keptSettings } from '../../core/rotate/kept-settings.ts'
import type { RotationRow } from '../../core/rotate/rotation-plan.ts'
import type { Rotator } from '../../core/rotate/rotator.ts'
import { freshVersions, incredibleVersions } from '../../core/rotate/versions.ts'
import type { FleetProject } from '../fleet/fleet-project.ts'
import { hostsOf } from './given-hosts.ts'
import { latestNow } from './latest-now.ts'
import { verbOf } from './verb.ts'
import { needsYou } from './left-out.ts'
import { refuseBehind } from './refuse-behind.ts'
import type { RotationContext } from './rotation-context.ts'
import { asText, heldOf, rotatorOf, valuesIn } from './upstream.ts'
import { versionSources } from './version-sources.ts'
import { waitHint } from './wait-hint.ts'

/** One credential of the plan that gets a new value. */
export interface Planned {
  readonly row: RotationRow
  readonly rotator: Rotator
  /** As it goes into the journal, before its rotator has proposed anything. */
  readonly opening: OpenCredential
}

export interface ChosenRows {
  readonly planned: readonly Planned[]
  /** What is left alone, and why. */
  readonly left: readonly RotationRow[]
  readonly notes: readonly string[]
}

/** Decides what gets a new value, and asks upstream whether it can have one. `only`: ids of the credentials that are
 *  meant, where that is not for names to say.
 *  @throws USAGE, CONFIG, CONFLICT for what was named and cannot be, or where this clone is behind; CONFIG for a rotator that there is not */
export const chooseRows = async (
  context: RotationContext,
  ledger: Ledger,
  only: ReadonlySet<string> | null,
): Promise<ChosenRows> => {
  const { project, options, truth } = context
  const choice = choose(project.manifest, await candidatesOf(context), {
    names: options.names,
    hosts: options.hosts === null ? null : truth.targets(),
    due: options.due,
    only,
  })
  const sources = await versionSources(context, ledger)
  const fresh = freshVersions(sources)
  const left: RotationRow[] = choice.left.map(({ why, ...one }) => ({ ...bare(one), why }))
  const planned: Planned[] = []
  // one after the other where versions are given out, side by side where upstream is asked
  const asked = await Promise.all(choice.chosen.map((one) => ask(context, one, ledger)))
  for (const { one, rotator, row } of asked) {
    if (rotator === null) left.push(row)
    else planned.push(plannedOf(context, { one, rotator, row }, fresh))
  }
  await refuseBehind(
    context,
    ledger,
    planned.map(({ opening }) => opening),
  )
  const notes = incredibleVersions(sources).map(
    ({ host, name, version }) =>
      `${host}: it says that it has ${name} in version ${version}, which nobody can have given out: not believed`,
  )
  const latest = latestNow(context)
  const ages = [...planned.map(({ row }) => row), ...left].flatMap(
    ({ credential }) => ageNote(credential, project.secrets, latest) ?? [],
  )
  return { planned, left, notes: [...notes, ...ages] }
}

/** All that the manifest says how to rotate. */
export const knownCredentials = async ({
  ports,
  project,
}: Pick<RotationContext, 'ports' | 'project'>): Promise<readonly Credential[]> => {
  const groups = project.manifest.groups.filter((group) => group.rotate !== null)
  const each = new Set<string>()
  for (const { name, rotate } of groups) if (rotate !== null && (await ports.rotatesEach(rotate))) each.add(name)
  return credentialsOf(project.manifest, project.secrets, ({ name }) => each.has(name))
}

const candidatesOf = async (context: RotationContext): Promise<readonly Candidate[]> => {
  const { ports, project, truth } = context
  const now = ports.clock.now()
  const latest = latestNow(context)
  return (await knownCredentials(context)).map((one) =>
    candidate(one, project.secrets, hostsOf(truth, one), now, latest),
  )
}

const bare = (one: Candidate): RotationRow => ({
  ...one,
  action: 'leave',
  oldStays: null,
  overlap: 0,
  note: null,
  why: null,
  problem: null,
  versions: {},
})

interface Asked {
  readonly one: Candidate
  readonly row: RotationRow
  /** Null: nothing is to be done. */
  readonly rotator: Rotator | null
}

const ask = async (context: RotationContext, one: Candidate, ledger: Ledger): Promise<Asked> => {
  const { ports, project, options, signal } = context
  const { credential } = one
  const row = bare(one)
  const waits = openCredentials(ledger).find(({ id }) => id === credential.id)
  if (waits !== undefined) {
    const why = 'its former value still waits for its end'
    const isUrgent = options.exposedBy !== null || options.isEmergency
    if (options.names.length === 0 && !isUrgent) return { one, row: { ...row, why }, rotator: null }
    const refusal = fail('CONFLICT', why, { at: credential.id, hint: waitHint(context, ledger, credential.id) })
    if (options.names.length > 0) throw refusal
    return { one, row: { ...row, why, problem: problemOf(refusal) }, rotator: null }
  }
  try {
    checkListed(project, credential)
    const rotator = await rotatorOf(ports, project, credential)
    const isNamed = options.names.length > 0
    const isAsked = (isNamed || options.exposedBy !== null || options.isEmergency) && options.isAttended
    if (rotator.needsPerson === true && !isAsked) {
      if (isNamed) throw needsPerson(credential.names, verbOf(options))
      return { one, row: { ...row, why: needsYou }, rotator: null }
    }
    const held = heldOf(project, credential, { isEmergency: options.isEmergency, signal })
    const { note } = await rotator.look(held)
    return { one, row: { ...row, note }, rotator }
  } catch (error) {
    if (!(error instanceof SecretsError) || options.names.length > 0) throw error
    return { one, row: { ...row, problem: problemOf(error), why: error.message }, rotator: null }
  }
}

/** @throws CONFIG */
const checkListed = ({ manifest, secrets }: FleetProject, credential: Credential): void => {
  const others = unlistedBeside(manifest, secrets, credential)
  if (others.length === 0) return
  const { group, names, rotate } = credential
  throw fail('CONFIG', `${few(names)}: not all have a value, and ${group} has ${few(others)}, which it does not list`, {
    at: rotate.at,
    hint: `a slip in keys:? else list what is there as well, or lockstep rm ${others[0] ?? 'NAME'}`,
  })
}

const needsPerson = (names: readonly string[], verb: string): SecretsError =>
  fail('USAGE', 'its new value comes from a person, and nobody is here to be asked', {
    at: names.join(', '),
    hint: `at a terminal: lockstep ${verb}`,
  })

const plannedOf = (
  { ports, project, options }: RotationContext,
  { one, rotator, row }: Asked & { readonly rotator: Rotator },
  fresh: (name: string) => number,
): Planned => {
  const { credential } = one
  const { group, host, rotate, id } = credential
  const names = rotator.changes ?? writtenNames(credential)
  const own = project.secrets.filter((each) => each.group === group && each.host === host)
  const from = Object.fromEntries(names.map((name) => [name, own.find((each) => each.name === name)?.version ?? 0]))
  const versions = Object.fromEntries(names.map((name) => [name, fresh(name)]))
  const overlap = options.isEmergency ? 0 : (rotate.overlap ?? 0)
  const opening: OpenCredential = {
    id,
    with: rotate.with,
    settings: keptSettings(rotate),
    group,
    host,
    names: credential.names,
    rotation: '',
    state: 'proposed',
    isEmergency: options.isEmergency,
    isOldEnded: false,
    marks: {},
    pending: {},
    former: asText(valuesIn(project, host, writtenNames(credential))),
    versions,
    from,
    set: isoTime(ports.clock.now()),
    formerlyRotated: Object.fromEntries(
      own.flatMap(({ name, rotated }) => (rotated === null || !names.includes(name) ? [] : [[name, rotated]])),
    ),
    overlap,
    promoted: null,
    abandoned: options.abandon,
    problem: null,
  }
  const change = Object.fromEntries(names.map((name) => [name, { from: from[name] ?? 0, to: versions[name] ?? 0 }]))
  return {
    rotator,
    opening,
    row: { ...row, action: 'rotate', oldStays: rotator.oldStays, overlap, versions: change },
  }
}
