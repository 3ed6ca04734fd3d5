import { day } from '../duration.ts'
import { pathWord } from '../host-text.ts'
import { few } from '../names.ts'
import type { Tool } from './advisories.ts'
import { knownIn } from './advisories.ts'
import type { Finding } from './findings.ts'
import { finding } from './findings.ts'
import { overdueFinding, secretPath } from './overdue.ts'

/** What is known of the operators' side: this clone, this machine. */
export interface ProjectFacts {
  readonly project: string
  /** Who may own what is here, besides root. */
  readonly uid: number
  /** What commands of ours read or run, from the project's root; `.` is the root itself. */
  readonly paths: readonly { readonly path: string; readonly mode: number; readonly uid: number }[]
  readonly plain: {
    readonly files: readonly { readonly path: string; readonly names: readonly string[]; readonly isTracked: boolean }[]
    readonly history: readonly {
      readonly path: string
      readonly names: readonly string[]
      readonly commit: string | null
    }[]
    readonly passedOver: number
  }
  readonly password: {
    readonly isWeak: boolean
    /** Other environments with the same one. */
    readonly sharedWith: readonly string[]
    /** Since when it is in force, milliseconds since 1970; null: not known. */
    readonly since: number | null
  }
  /** Files of secrets, or lockstep.yaml, that git does not have as they are. */
  readonly uncommitted: readonly string[]
  /** Operators who were taken out, and what they could read that is still in force. */
  readonly leavers: readonly { readonly name: string; readonly left: string; readonly secrets: readonly string[] }[]
  /** Files in the operators' directory that the metadata do not know. */
  readonly strangers: readonly string[]
  /** The project's directory as hosts have it, where this machine is one of them; null: it is none. */
  readonly hostDirectory: string | null
  /** What these programs say of their version. */
  readonly tools: readonly { readonly tool: Tool; readonly said: string }[]
  readonly secrets: readonly ListedForAudit[]
  /** Milliseconds since 1970. */
  readonly now: number
}

/** As `list` knows it. */
export interface ListedForAudit {
  readonly name: string
  readonly host: string | null
  readonly group: string
  readonly state: 'fresh' | 'due' | 'overdue' | 'missing'
  readonly age: number | null
  readonly every: number | null
  readonly with: string | null
  readonly given: boolean
  readonly users: readonly string[]
  readonly declared: boolean
}

/** Everything wrong on the operators' side. Pure. */
export const auditProject = (facts: ProjectFacts): readonly Finding[] => [
  ...loosePaths(facts),
  ...plainText(facts),
  ...password(facts),
  ...people(facts),
  ...uncommitted(facts),
  ...controlHost(facts),
  ...facts.tools.flatMap(({ tool, said }) => toolFindings(null, tool, said)),
  ...ages(facts),
]

const here = (path: string | null): { readonly host: null; readonly path: string | null } => ({ host: null, path })

const loosePaths = ({ paths, uid }: ProjectFacts): readonly Finding[] =>
  paths.flatMap(({ path, mode, uid: owner }) => {
    const word = path === '.' ? '.' : pathWord(path)
    if (owner !== uid && owner !== 0)
      return [
        finding('PROJECT-LOOSE', {
          ...here(path),
          message: `belongs to uid ${owner}, who can change what you deliver and run`,
          fix: `chown ${uid} ${word}`,
        }),
      ]
    // root's jobs refuse a clone that a group can change; a person's own group is often nobody else
    if ((mode & (uid === 0 ? 0o022 : 0o002)) === 0) return []
    const others = (mode & 0o002) === 0 ? 'its group' : 'everybody on this machine'
    const message = `${others} can change it, and with it what you deliver and run`
    return [finding('PROJECT-LOOSE', { ...here(path), message, fix: `chmod go-w ${word}` })]
  })

const plainText = ({ plain }: ProjectFacts): readonly Finding[] => {
  const files = plain.files.map(({ path, names, isTracked }) =>
    isTracked
      ? finding('PLAIN-IN-GIT', {
          ...here(path),
          message: `git has it, and it holds in plain text: ${few(names)}`,
          fix: `git rm --cached ${pathWord(path)}; then new values: everybody with the repository has these`,
        })
      : finding('PLAIN-COPY', {
          ...here(path),
          message: `holds in plain text: ${few(names)}`,
          fix: `rm ${pathWord(path)}`,
        }),
  )
  const history = plain.history.map(({ path, names, commit }) =>
    finding('PLAIN-IN-GIT', {
      ...here(path),
      message: `${commit === null ? 'git still keeps' : `commit ${commit} has`} in plain text: ${few(names)}`,
      fix: 'new values for them: everybody with the repository has these; taking them out of the history helps little',
    }),
  )
  return [
    ...files,
    ...history.filter(({ path }) => !files.some((one) => one.id === 'PLAIN-IN-GIT' && one.path === path)),
  ]
}

/** As long as NIST SP 800-57 lets a key be used to encrypt, roughly. */
const oldPassword = 2 * 365 * day

const password = ({ password: facts, now }: ProjectFacts): readonly Finding[] => {
  const found: Finding[] = []
  const add = (message: string, fix: string): void =>
    void found.push(finding('PASSWORD-WEAK', { ...here('project password'), message, fix }))
  if (facts.isWeak) add('it is too easy to guess', 'lockstep rekey')
  if (facts.sharedWith.length > 0)
    add(`${few(facts.sharedWith)} has the same one: who opens one opens the other`, 'lockstep rekey')
  if (facts.since !== null && now - facts.since > oldPassword)
    add(`it has been in force for ${Math.floor((now - facts.since) / day)} days`, 'lockstep rekey')
  return found
}

const people = ({ leavers, strangers }: ProjectFacts): readonly Finding[] => [
  ...leavers
    .filter(({ secrets }) => secrets.length > 0)
    .map(({ name, left, secrets }) =>
      finding('LEAVER-KNOWS', {
        ...here(name),
        message: `left on ${left.slice(0, 10)} and knows what has not been replaced since: ${few(secrets)}`,
        fix: `lockstep rotate --exposed-by ${name}: it names what has to be set by hand`,
      }),
    ),
  ...strangers.map((path) =>
    finding('OPERATOR-UNKNOWN', {
      ...here(path),
      message: 'the project password may be wrapped in it, for somebody whom the metadata do not know',
      fix: `git log -- ${pathWord(path)} names who put it there; git rm ${pathWord(path)}, then lockstep rekey`,
    }),
  ),
]

const uncommitted = ({ uncommitted: paths }: ProjectFacts): readonly Finding[] =>
  paths.length === 0
    ? []
    : [
        finding('NOT-COMMITTED', {
          ...here(paths.length === 1 ? (paths[0] ?? null) : null),
          message: `git does not have ${few(paths)} as ${paths.length === 1 ? 'it is' : 'they are'} here`,
          fix: 'git add, git commit, git push',
        }),
      ]

const controlHost = ({ hostDirectory, project }: ProjectFacts): readonly Finding[] =>
  hostDirectory === null
    ? []
    : [
        finding('CONTROL-HOST', {
          ...here(hostDirectory),
          message: `this machine opens all of ${project} and is one of its hosts: a break-in here opens every host’s secrets`,
          fix: 'run lockstep on a machine of its own, without containers',
        }),
      ]

/** `host` null: this machine. */
export const toolFindings = (host: string | null, tool: Tool, said: string): readonly Finding[] => {
  const known = knownIn(tool, said)
  if (known.length === 0) return []
  const ids = known.map(({ id, what }) => `${id} (${what})`).join(', ')
  return [
    finding('TOOL-ADVISORY', {
      host,
      path: tool,
      message: `its version is known for ${ids}, unless your distribution has mended it`,
      fix: `update ${tool}, or look the numbers up at your distribution’s`,
    }),
  ]
}

const ages = ({ secrets }: ProjectFacts): readonly Finding[] =>
  secrets.flatMap((one): readonly Finding[] => {
    const overdue = overdueFinding(one)
    const found = overdue === null ? [] : [overdue]
    if (one.state !== 'missing' && (!one.declared || (!one.given && one.users.length === 0)))
      found.push(
        finding('SECRET-UNUSED', {
          ...here(secretPath(one)),
          message: one.given ? `group ${one.group} does not list it` : `no container is given group ${one.group}`,
          fix: `lockstep rm ${one.name}, or give it to whoever needs it in lockstep.yaml`,
        }),
      )
    return found
  })
