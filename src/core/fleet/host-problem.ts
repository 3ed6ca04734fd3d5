import { waitForRun } from '../rotate/at-work.ts'
import { onTheWay } from '../rotate/journal.ts'
import { mapValues } from '../map-values.ts'
import { nameProblem } from '../containers/container-clash.ts'
import type { PlanInput, PlanProblem } from './delivery-plan.ts'
import type { PlacedSecret } from './desired.ts'
import { executableProblem } from './executable-plan.ts'
import { shellWord } from '../host-text.ts'
import type { Ledger } from './ledger.ts'
import { wasSetUp } from './ledger.ts'
import { quoteName } from '../names.ts'
import { isSameValue } from './same-value.ts'
import { endedDesired } from '../rotate/ended.ts'
import { unitProblem } from '../containers/unit-drop-in.ts'

/** What stands in the way of delivering to this host; null: nothing. */
export const hostProblem = (input: PlanInput): PlanProblem | null => {
  const { facts, desired } = input
  // first: what is missing on another machine does not matter
  const identity = identityProblem(input)
  if (identity !== null) return identity
  if (desired.containers.length > 0 && input.mode === 'deploy') {
    const consumers = engineProblem(input) ?? unitProblems(input) ?? executableProblem(input)
    if (consumers !== null) return consumers
  }
  if (facts.readOnly)
    return { code: 'UNAVAILABLE', message: 'its disk is read-only', hint: 'remount it, then run this again' }
  if (facts.legacy.length > 0 && !input.replaceFiles) {
    return {
      code: 'CONFLICT',
      message: `${facts.directory} holds ${facts.legacy.join(' and ')} that lockstep did not write`,
      hint: 'import them first if they hold secrets you still need, then add --replace-files',
    }
  }
  return nameProblem(input) ?? rolledBack(input) ?? withEnded(input) ?? behind(input)
}

/** What is ended upstream lets nobody in, whoever asks for it. */
const withEnded = ({ ledger, desired, rollBack }: PlanInput): PlanProblem | null => {
  const names = endedDesired(ledger, desired, rollBack)
  if (names.length === 0) return null
  const isAsked = names.some((name) => rollBack.includes(name))
  const message = isAsked
    ? `it cannot go back: the value that this clone has of ${names.join(', ')} is ended upstream`
    : `this clone is behind the fleet: its value of ${names.join(', ')} is ended upstream`
  return {
    code: 'CONFLICT',
    message,
    hint: 'git pull; lockstep rotate history says when it was replaced',
    isStale: true,
  }
}

/** The machine that answers must be the one that was set up. */
const identityProblem = (input: PlanInput): PlanProblem | null => {
  const { facts, desired, ledger, project, environment } = input
  const { identity } = facts
  if (identity === null) return withoutId(input)
  if (identity.project !== project || identity.environment !== environment) {
    const message = `${facts.directory} belongs to ${identity.project} (${identity.environment})`
    return { code: 'CONFLICT', message, hint: 'give this project a `directory:` of its own in lockstep.yaml' }
  }
  const known = ledger.hosts[desired.host]?.id
  if (identity.host === desired.host && (known === undefined || known === identity.id)) return null
  return {
    code: 'UNSAFE',
    message: `another machine answers under this name (it was set up as ${identity.host})`,
    hint: `correct its address in the inventory; where you gave this name to that machine yourself: remove host.json there, then ${setUpAgain(desired.host)}`,
  }
}

/** Whoever answers in the place of a host has no id either: only a name that is new may be given one. */
const withoutId = ({ desired, ledger, mode, again = [] }: PlanInput): PlanProblem | null => {
  const { host, directory } = desired
  if (wasSetUp(ledger, host) && !(mode === 'setup' && again.includes(host))) {
    const before = ledger.hosts[host]?.directory ?? directory
    const where = before === directory ? '' : ` in ${quoteName(before)}, not in ${quoteName(directory)}`
    const wrong = where === '' ? 'its address in the inventory' : 'its address or its directory'
    return {
      code: 'UNSAFE',
      message: `the machine that answers has no id, and another one was set up under this name${where}`,
      hint: `correct ${wrong}; where you ${where === '' ? 'installed it anew' : 'moved it'} yourself: ${setUpAgain(host)}`,
    }
  }
  if (mode === 'setup') return null
  return { code: 'CONFLICT', message: 'is not set up yet', hint: `lockstep setup --hosts ${host}`, isNew: true }
}

const setUpAgain = (host: string): string => `lockstep setup --again ${shellWord(host)}`

const engineProblem = ({ facts, desired }: PlanInput): PlanProblem | null => {
  const needsEngine = desired.containers.some((one) => one.runs.kind !== 'systemd')
  if (!needsEngine || facts.engine?.version) return null
  const message = facts.engine?.program ? 'its container engine does not answer' : 'has no container engine'
  return { code: 'UNAVAILABLE', message, hint: 'install or start docker (or podman) there' }
}

const unitProblems = ({ facts, desired }: PlanInput): PlanProblem | null => {
  const units = desired.containers.filter((one) => one.runs.kind === 'systemd')
  const found = units.map((one) => unitProblem(one, facts.units[one.name])).find((one) => one !== null)
  return found === undefined ? null : { code: 'CONFIG', ...found }
}

/** A generation that the ledger knows to have been left behind is in force again. */
const rolledBack = ({ facts, desired, ledger, acceptRolledBack }: PlanInput): PlanProblem | null => {
  if (acceptRolledBack) return null
  const found = facts.scopes['host']?.manifest?.generation
  const known = ledger.hosts[desired.host]
  if (found === undefined || known === undefined || known.current === null) return null
  if (found.number >= known.current) return null
  return {
    code: 'TAMPERED',
    message: `generation ${found.number} is in force again, the ledger says ${known.current}: somebody put it back`,
    hint: `find out who, then: lockstep deploy --hosts ${desired.host} --accept-rolled-back`,
  }
}

/** The newest version of a secret that the ledger knows to have been in force somewhere. */
const lastDelivered = (ledger: Ledger, name: string): number =>
  Math.max(0, ...Object.values(ledger.hosts).flatMap((host) => host.generations.map((one) => one.secrets[name] ?? 0)))

/** The host has newer versions than this clone, or another value under the same version. */
const behind = (input: PlanInput): PlanProblem | null => {
  const desired = new Map((input.desired.scopes[0]?.secrets ?? []).map((one) => [one.name, one]))
  const ahead = Object.entries(thereNow(input)).filter(([name, there]) => {
    const here = desired.get(name)
    if (here === undefined || input.rollBack.includes(name)) return false
    return there.version > here.version || (there.version === here.version && !there.isSame(here))
  })
  const names = ahead.map(([name]) => name)
  if (names.length === 0) return null
  // the whole fleet is held up only by what the ledger says as well, not by the word of one host
  const isStale = names.some((name) => lastDelivered(input.ledger, name) > (desired.get(name)?.version ?? 0))
  const stale = isStale ? { isStale } : {}
  const half = input.ledger.rotation ?? null
  const moving = onTheWay(input.ledger).flatMap((one) => one.names)
  if (half !== null && names.every((name) => moving.includes(name))) {
    const isAtWork = (input.atWork ?? null) !== null
    const message = `rotation ${half.id} is ${isAtWork ? 'being done' : 'half-done'}, and has brought it ${names.join(', ')}`
    const hint = isAtWork ? waitForRun : 'lockstep rotate --resume, or lockstep rotate --abort'
    return { code: 'CONFLICT', message, hint, ...stale }
  }
  return {
    code: 'CONFLICT',
    ...stale,
    message: `your clone is behind the fleet: ${names.join(', ')}`,
    hint: `git pull; where there is nothing to pull, ${readThere(input, names)}; or, to go back on purpose: lockstep deploy ${names.map((name) => `--roll-back ${name}`).join(' ')}`,
  }
}

/** A value that nobody committed is on the host still, in a file that the real ansible-vault opens. */
const readThere = ({ desired }: PlanInput, names: readonly string[]): string => {
  const wanted = desired.scopes[0]?.secrets ?? []
  const groups = [...new Set(wanted.filter((one) => names.includes(one.name)).map((one) => one.group))]
  const files = groups.map((group) => shellWord(`${desired.directory}/secrets/${group}.env`)).join(' ')
  const password = shellWord(`${desired.directory}/vault-password`)
  return `read it on ${desired.host} as root with ansible-vault view --vault-password-file ${password} ${files} and set it here with lockstep set ${names[0] ?? ''}`
}

interface There {
  readonly version: number
  isSame(here: PlacedSecret): boolean
}

/** What is in force there, as its manifest says; where nothing vouches for that, as the ledger does. */
const thereNow = ({ facts, ledger, desired }: PlanInput): Readonly<Record<string, There>> => {
  const { manifest, wrong } = facts.scopes['host'] ?? { manifest: null, wrong: [] }
  if (manifest !== null && !wrong.some((one) => unproved.has(one))) {
    return mapValues(manifest.secrets, (one) => ({ ...one, isSame: (here) => isSameValue(one, here) }))
  }
  const known = facts.current === null ? undefined : ledger.hosts[desired.host]
  const current = known?.generations.find((one) => one.number === known.current)
  return mapValues(current?.secrets ?? {}, (version) => ({ version, isSame: () => true }))
}

/** Anybody who can write there could have made its manifest. */
const unproved: ReadonlySet<string> = new Set(['BAD_MAC', 'NO_PASSWORD'])
