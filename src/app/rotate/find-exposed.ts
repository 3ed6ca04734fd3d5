import { isoTime } from '../../core/duration.ts'
import { SecretsError, fail } from '../../core/errors.ts'
import { few, isPathName, quoteName } from '../../core/names.ts'
import type { Credential } from '../../core/rotate/credential.ts'
import { exposedSecrets, type Exposed } from '../../core/rotate/exposed.ts'
import { openCredentials } from '../../core/rotate/journal.ts'
import { readableBy, readableOn, type Readable } from '../../core/rotate/readable.ts'
import { didYouMean } from '../../core/suggest.ts'
import { askRepository, type Git } from '../git/ask-git.ts'
import type { FoundLedger } from '../fleet/ledger-store.ts'
import { leaversOf } from '../project/leavers.ts'
import { isNamed } from '../project/only-writer.ts'
import { knownCredentials, type Planned } from './choose-rows.ts'
import { hostsOf } from './given-hosts.ts'
import type { RotationContext } from './rotation-context.ts'
import { rotatorOf } from './upstream.ts'

type Known = Pick<RotationContext, 'ports' | 'open' | 'project' | 'truth' | 'inventory'>

/** All that a host, or an operator, could read; where secrets are changed that is everything. Who bears the name of both
 *  is both.
 *  @throws USAGE for somebody whom nothing knows; CONFLICT for an operator whose leaving is not committed */
export const findExposed = async (context: Known, found: FoundLedger, who: string): Promise<Exposed> => {
  const isControl = isControlHost(context, who)
  const [onHost, byOperator] = [hostReads(context, found, who), await operatorReads(context, who, isControl)]
  if (onHost === null && byOperator === null) throw await unknown(context, found, who)
  const { secrets } = context.project
  const credentials = await knownCredentials(context)
  const facts = { secrets, credentials, endsNothing: await endingNothing(context, credentials), journal: found.ledger }
  const readable = [...(onHost ?? []), ...(byOperator ?? [])]
  const kind = byOperator === null || isControl ? 'host' : 'operator'
  const readsOn = isControl || isGiven(context, who) || (await context.open.metadata()).operators.has(who)
  return { who, kind, isControl, readsOn, secrets: exposedSecrets(readable, facts) }
}

/** One that cannot be opened as lockstep.yaml has it now is not known to have ended anything. */
const endingNothing = async (
  { ports, project }: Known,
  credentials: readonly Credential[],
): Promise<ReadonlySet<string>> => {
  const ids = await Promise.all(
    credentials.map(async (one) => {
      try {
        return (await rotatorOf(ports, project, one)).endsNothing === true ? [one.id] : []
      } catch (error) {
        if (!(error instanceof SecretsError)) throw error
        return [one.id]
      }
    }),
  )
  return new Set(ids.flat())
}

/** Null: no host. */
const hostReads = (
  { truth, inventory, ports }: Known,
  { ledger, isKnown }: FoundLedger,
  host: string,
): readonly Readable[] | null => {
  const known = ledger.hosts[host]
  if (known === undefined && inventory.hosts[host] === undefined) return null
  const placed = isGiven({ truth }, host) ? (truth.desired(host).scopes[0]?.secrets ?? []) : []
  const now = isoTime(ports.clock.now())
  const open = openCredentials(ledger).filter((one) => hostsOf(truth, one).includes(host))
  return readableOn({ host, known, facts: truth.facts(host), open, placed, isWithoutLedger: !isKnown, now })
}

const isGiven = ({ truth }: Pick<Known, 'truth'>, host: string): boolean =>
  truth.given().includes(host) && truth.rung(host) !== null

/** This machine, or the one on which alone secrets are changed. */
const isControlHost = ({ ports: { machine }, project: { manifest } }: Known, who: string): boolean =>
  [machine.hostname, manifest.onlyWriter].some((name) => name !== null && (isNamed(who, name) || isNamed(name, who)))

/** Null: no operator, now or formerly. `isInside`: opens the project, whatever its name is. */
const operatorReads = async (context: Known, name: string, isInside: boolean): Promise<readonly Readable[] | null> => {
  const { open, ports, project } = context
  const metadata = await open.metadata()
  const left = isInside || metadata.operators.has(name) ? null : await leftAt(context, name)
  if (left === undefined) return null
  return readableBy({ name, left, secrets: project.secrets, metadata, now: isoTime(ports.clock.now()) })
}

/** ISO; undefined for somebody who never was an operator. */
const leftAt = async ({ ports, open }: Known, name: string): Promise<string | undefined> => {
  const git = await askRepository(ports, open.project.root)
  const left = (await leaversOf(git, open)).find((one) => one.name === name)?.left
  if (left !== undefined || git === null || !(await isLeaving(git, open.project.paths.operators, name))) return left
  throw fail('CONFLICT', `${name} was taken out, and that is not committed: the commit says when they left`, {
    at: `${open.project.paths.secretsName}/operators/${name}.age`,
    hint: `git add -A ${open.project.paths.secretsName} && git commit, then again`,
  })
}

/** Their file is in the last commit, and no longer here. */
const isLeaving = async (git: Git, directory: string, name: string): Promise<boolean> => {
  if (!isPathName(name)) return false
  const gone = await git('diff', 'HEAD', '--name-only', '--diff-filter=D', '--', `${directory}/${name}.age`)
  return gone !== null && gone.trim() !== ''
}

const unknown = async ({ open, inventory }: Known, { ledger }: FoundLedger, who: string): Promise<SecretsError> => {
  const hosts = [...new Set([...Object.keys(inventory.hosts), ...Object.keys(ledger.hosts)])]
  const operators = [...(await open.metadata()).operators.keys()]
  const known = [...hosts, ...operators]
  return fail('USAGE', `no host and no operator is called ${quoteName(who)}${didYouMean(who, known)}`, {
    at: '--exposed-by',
    hint: `hosts: ${few(hosts)}; operators: ${few(operators) || 'none'}; who has left is known from git`,
  })
}

/** What is to be said beside it. */
export const exposedNotes = (
  { who, kind, isControl, readsOn, secrets }: Exposed,
  planned: readonly Planned[],
): readonly string[] => {
  const still = isControl
    ? 'opens the whole project, and its password: change that too, with lockstep rekey, on a machine that is yours alone'
    : kind === 'host'
      ? 'is given the new values too: where somebody else is on it, build it anew or take it out of the inventory first'
      : `opens the new values too: lockstep operators remove ${who} first`
  const isRead = ({ row: { credential } }: Planned): boolean =>
    secrets.some(
      (one) => one.credential === credential.id && one.state === 'valid' && credential.names.includes(one.name),
    )
  const kept = planned.filter((one) => one.row.oldStays === 'previous' && !one.opening.isEmergency && isRead(one))
  return [
    ...(secrets.length === 0 ? [`nothing is known that ${who} could read`] : []),
    ...(readsOn ? [`${who} ${still}`] : []),
    ...kept.map(
      ({ row: { credential } }) =>
        `${credential.rotate.previous ?? credential.id} keeps what could be read until the rotation after this one; with --emergency it does not`,
    ),
  ]
}
