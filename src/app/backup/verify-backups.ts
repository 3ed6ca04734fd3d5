import { isMendable, learnDamage, type Damage, type SeenPlace } from '../../core/backup/damage.ts'
import { planMend, type MendPlan, type MendStep } from '../../core/backup/mend-plan.ts'
import { hasCode } from '../../core/errors.ts'
import type { LogProblem } from '../../core/log/verify.ts'
import { hearWitnesses } from '../../core/log/witnesses.ts'
import type { Ports } from '../../core/ports.ts'
import { readLog } from '../log/read-log.ts'
import type { OpenProject } from '../project/open-project.ts'
import { keyringOf, type Keyring } from './backup-keyring.ts'
import { learnVerified } from './backup-note.ts'
import { mendHere, mendHosts } from './mend-backups.ts'
import { rememberVerified, verifyHere, type VerifiedHere } from './verify-here.ts'
import { verifyHosts, type Fetched, type VerifiedCopies } from './verify-hosts.ts'
import type { VisitOptions, Visited } from './visit-hosts.ts'

export interface VerifyOptions extends Pick<VisitOptions, 'hosts' | 'arguments' | 'onHost'> {
  readonly local: boolean
  /** Null: only look. */
  readonly fix: {
    /** Say what would be done; nothing is written anywhere. */
    readonly check: boolean
    /** Also take out what nobody has whole. */
    readonly drop: boolean
  } | null
  /** Sees to it that there is an Ansible. */
  prepare(): Promise<void>
}

export interface VerifiedBackups {
  /** After what was mended. */
  readonly here: VerifiedHere
  /** What the archives have seen of the access log, and it is not as they have. */
  readonly log: readonly LogProblem[]
  readonly hosts: readonly Visited<VerifiedCopies>[]
  /** Why no host was asked; null: they were, or were not to be. */
  readonly refused: string | null
  /** What was mended, or with `check` would be. */
  readonly mended: MendPlan
}

/** `lockstep backup-verify`: everything here, then the copies on hosts; with `fix` what is damaged is written again from
 *  where it is whole. What verified is written down, and what did not.
 *  @throws TAMPERED for a list of backups that is not ours */
export const verifyBackups = async (
  ports: Ports,
  open: OpenProject,
  options: VerifyOptions,
): Promise<VerifiedBackups> => {
  const { project } = open
  const keys = await open.keys()
  const keyring = keyringOf(keys)
  const before = await verifyHere(ports, project, keyring)
  // read last: no archive may have seen more of it than there is now
  const log = hearWitnesses(await readLog(ports, project, keys), before.witnesses).problems
  const fetched: Fetched = new Map()
  const seen = await askHosts(ports, open, { here: before, keyring, fetched }, options)
  const mended = options.fix === null ? nothingMended : planOf(before, seen.hosts, fetched, options.fix.drop)
  if (options.fix?.check === true) return { here: before, log, ...seen, mended }
  const { here, hosts } = await mend(ports, open, { before, keyring, fetched, mended, hosts: seen.hosts }, options)
  await remember(ports, open, { here, keyring, hosts }, options)
  const steps = mended.steps.filter((one) => isDone(one, here, hosts))
  return { here, log, hosts, refused: seen.refused, mended: { ...mended, steps } }
}

/** A step that was taken, and the place is as it should be now. */
const isDone = ({ host, name }: MendStep, here: VerifiedHere, hosts: readonly Visited<VerifiedCopies>[]): boolean => {
  const problems = host === null ? here.problems : hosts.find((one) => one.host === host)?.done?.problems
  return problems !== undefined && !problems.some((one) => one.name === name && isMendable(one))
}

const nothingMended: MendPlan = { steps: [], left: [], lost: [] }

interface Asked {
  readonly hosts: readonly Visited<VerifiedCopies>[]
  readonly refused: string | null
}

const askHosts = async (
  ports: Ports,
  open: OpenProject,
  found: { readonly here: VerifiedHere; readonly keyring: Keyring; readonly fetched: Fetched },
  { local, fix, prepare, ...options }: VerifyOptions,
): Promise<Asked> => {
  if (local) return { hosts: [], refused: null }
  const { here } = found
  try {
    await prepare()
    const wanted = fix === null ? new Set<string>() : wantedFromHosts(here)
    const hosts = await verifyHosts(ports, open, { ...found, wanted, check: fix?.check === true }, options)
    return { hosts, refused: null }
  } catch (error) {
    // what was found here is kept and told, whatever keeps the hosts from being asked
    if (!hasCode(error, 'CONFIG', 'NOT_FOUND', 'UNAVAILABLE', 'DENIED', 'UNSAFE')) throw error
    const hasCopies = here.list.backups.some(({ copies }) => copies.length > 0)
    return { hosts: [], refused: hasCopies || error.code !== 'CONFIG' ? error.message : null }
  }
}

/** Its bytes are right and it still does not open: the same bytes again mend nothing. */
const isBroken = ({ digests, problems }: VerifiedHere, name: string, digest: string): boolean =>
  digests.get(name) === digest && problems.some((one) => one.name === name && one.kind === 'changed')

const wholeHere = (here: VerifiedHere): ReadonlySet<string> => {
  const there = new Set(here.digests.values())
  const whole = here.list.backups.filter(({ name, digest }) => there.has(digest) && !isBroken(here, name, digest))
  return new Set(whole.map(({ name }) => name))
}

const wantedFromHosts = (here: VerifiedHere): ReadonlySet<string> => {
  const whole = wholeHere(here)
  const wrong = here.list.backups.filter(
    ({ name, digest }) =>
      !whole.has(name) && !isBroken(here, name, digest) && here.problems.some((one) => one.name === name),
  )
  return new Set(wrong.map(({ name }) => name))
}

const placesIn = (here: VerifiedHere, hosts: readonly Visited<VerifiedCopies>[]): readonly SeenPlace[] => [
  { host: null, problems: here.problems },
  ...hosts.flatMap(({ host, done }) => (done === null ? [] : [{ host, problems: done.problems }])),
]

const planOf = (
  here: VerifiedHere,
  hosts: readonly Visited<VerifiedCopies>[],
  fetched: Fetched,
  drop: boolean,
): MendPlan =>
  planMend({
    backups: here.list.backups,
    damage: learnDamage([], placesIn(here, hosts), () => false),
    here: wholeHere(here),
    fetched: new Map([...fetched].map(([name, { host }]) => [name, host])),
    asked: hosts.filter(({ done }) => done !== null).map(({ host }) => host),
    drop,
  })

interface Mending {
  readonly before: VerifiedHere
  readonly keyring: Keyring
  readonly fetched: Fetched
  readonly mended: MendPlan
  readonly hosts: readonly Visited<VerifiedCopies>[]
}

/** How it is afterwards: what was mended is looked at again. */
const mend = async (
  ports: Ports,
  open: OpenProject,
  { before, keyring, fetched, mended: plan, hosts }: Mending,
  options: VerifyOptions,
): Promise<{ readonly here: VerifiedHere; readonly hosts: readonly Visited<VerifiedCopies>[] }> => {
  if (plan.steps.length === 0) return { here: before, hosts }
  await mendHere(ports, open.project, keyring, { plan, here: before, fetched })
  const here = await verifyHere(ports, open.project, keyring)
  const again = await mendHosts(ports, open, { plan, here, keyring }, options)
  return { here, hosts: hosts.map((one) => again.find(({ host }) => host === one.host) ?? one) }
}

/** A host that was not asked, or did not answer, has what it had. */
const remember = async (
  ports: Ports,
  { project }: OpenProject,
  { here, keyring, hosts }: { readonly here: VerifiedHere; readonly keyring: Keyring } & Pick<Asked, 'hosts'>,
  options: VerifyOptions,
): Promise<void> => {
  const { good } = here
  const isWhole = !options.local && options.hosts === null && hosts.length > 0
  const isLeft = (host: string): boolean => isWhole && !hosts.some((one) => one.host === host)
  const learned = (damage: readonly Damage[]): readonly Damage[] =>
    learnDamage(damage, placesIn(here, hosts), isLeft).filter(
      (one) => !isMendable(one) || here.list.backups.some(({ name }) => name === one.name),
    )
  const isNews = good.size > 0 || here.problems.length > 0 || here.list.backups.length > 0 || hosts.length > 0
  if (!isNews) return
  const { damage } = await rememberVerified(ports, project, keyring, { good, damage: learned })
  await learnVerified(ports, project, {
    isGood: good.size > 0,
    isUsed: here.list.last !== null || good.size > 0,
    damage,
  })
}
