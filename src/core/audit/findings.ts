import type { Mend } from './mend.ts'

export const severities = ['high', 'medium', 'low', 'info'] as const
export type Severity = (typeof severities)[number]

/** One thing an audit reports. */
export interface Finding {
  /** Stable: documented in docs/findings.md. */
  readonly id: FindingId
  readonly severity: Severity
  readonly host: string | null
  /** A path on that host, or a name; null for the host as a whole. */
  readonly path: string | null
  readonly message: string
  /** What to type. */
  readonly fix: string
  /** What `audit --fix` does about it; absent where somebody has to look first. */
  readonly mend?: Mend
}

/** What is the same for all of one id. */
export interface Kind {
  readonly severity: Severity
  readonly meaning: string
}

/** Every finding there is: how bad, and what it means. */
export const findingTable = {
  'WORLD-READABLE': { severity: 'high', meaning: 'everybody on the host can read a file of secrets' },
  'GROUP-WRITABLE': { severity: 'high', meaning: 'others than the owner can change a file of secrets' },
  'NON-ROOT-OWNER': { severity: 'high', meaning: 'a file of secrets belongs to somebody else than it should' },
  'WRONG-MODE': { severity: 'medium', meaning: 'mode is neither 600 for files nor 700 for directories' },
  'WRONG-KIND': { severity: 'high', meaning: 'a link, FIFO or hard link where a file or directory of ours belongs' },
  'UNKNOWN-FILE': { severity: 'low', meaning: 'a file that lockstep did not put there' },
  'KEY-REMAINS': { severity: 'high', meaning: 'copies of a scope password are left although it was removed' },
  'KEY-BESIDE': { severity: 'info', meaning: 'the password lies beside what it opens: the rung of password files' },
  ROLLED_BACK: { severity: 'high', meaning: 'somebody put an older generation or ledger back in force' },
  'NOT-RECORDED': { severity: 'low', meaning: 'a delivery ended before the ledger was written' },
  'NOT-WHOLE': { severity: 'high', meaning: 'files differ from their authenticated manifest' },
  'SCOPE-WIDE': { severity: 'info', meaning: 'a host or container is given more than anything there is known to use' },
  'NOT-DECLARED': { severity: 'medium', meaning: 'a container keeps secrets that lockstep.yaml no longer gives it' },
  'HOST-LEFT': { severity: 'medium', meaning: 'a host keeps secrets and is given nothing any more' },
  'NOT-SET-UP': { severity: 'medium', meaning: 'the host has no id of ours' },
  'WRONG-HOST': { severity: 'high', meaning: 'another machine answers under this name' },
  'EXECUTABLE-DIFFERS': { severity: 'high', meaning: 'bin/lockstep on the host is not the one that was delivered' },
  'PARENT-LOOSE': { severity: 'high', meaning: 'others than root can put another directory in the place of ours' },
  'ACL-GRANTS': { severity: 'high', meaning: 'an access list lets accounts in that the mode keeps out' },
  'ODD-ATTRIBUTE': { severity: 'low', meaning: 'an extended attribute where none belongs' },
  IMMUTABLE: { severity: 'medium', meaning: 'a flag keeps a file of ours from being replaced' },
  PLAINTEXT: { severity: 'high', meaning: 'a value lies open among our files' },
  'VALUE-IN-ENVIRONMENT': {
    severity: 'high',
    meaning: 'a value is in the environment of a program that was not given it',
  },
  'VALUE-IN-ARGUMENTS': {
    severity: 'high',
    meaning: 'a value is in the arguments of a program, which every account can read',
  },
  'VALUE-IN-CONTAINER': {
    severity: 'high',
    meaning: 'a value is in the settings of a container, for all who may ask its engine',
  },
  'VALUE-IN-IMAGE': { severity: 'high', meaning: 'a value is in an image: everybody who gets the image has it' },
  'VALUE-IN-UNIT': { severity: 'high', meaning: 'a value is in a unit of systemd, which every account can read' },
  'VALUE-IN-CRON': { severity: 'high', meaning: 'a value is in a cron file' },
  'VALUE-IN-COMPOSE': { severity: 'high', meaning: 'a value is in a compose file' },
  'VALUE-IN-SETTINGS': { severity: 'high', meaning: 'a value is in a file of settings that programs or shells read' },
  'VALUE-IN-HISTORY': { severity: 'high', meaning: 'a value is in the history of a shell or of another program' },
  'VALUE-IN-LOG': { severity: 'high', meaning: 'a value is in a log' },
  'VALUE-IN-FILE': { severity: 'high', meaning: 'a value lies open in a file' },
  CLONE: { severity: 'low', meaning: 'a clone with the project password is on a host' },
  'ANSIBLE-LEFT': { severity: 'low', meaning: 'a run of Ansible left files behind' },
  'BACKUP-READABLE': { severity: 'high', meaning: 'others can read a copy of the project’s directory' },
  'COPY-BESIDE': { severity: 'low', meaning: 'a copy of the project’s directory lies on the host' },
  'CORE-DUMP': { severity: 'medium', meaning: 'the memory of a crashed program lies on the disk' },
  'CORE-PATTERN': { severity: 'info', meaning: 'a crash writes the memory of a program with values to disk' },
  'SWAP-OPEN': { severity: 'low', meaning: 'memory is written to a swap area that is not encrypted' },
  'PIECE-WRITABLE': { severity: 'high', meaning: 'others can change what root runs for us' },
  'ENGINE-OPEN': { severity: 'high', meaning: 'everybody can give orders to the container engine' },
  'ENGINE-GROUP': { severity: 'low', meaning: 'accounts that may give orders to the container engine' },
  'ENGINE-REACH': { severity: 'medium', meaning: 'a container has the engine’s socket, or a directory above ours' },
  'ROOT-ACCOUNT': { severity: 'high', meaning: 'an account besides root has uid 0' },
  'ROOT-KEYS': { severity: 'info', meaning: 'keys that log in as root' },
  'ROOT-PASSWORD': { severity: 'medium', meaning: 'root can log in over ssh with a password' },
  'SUDO-ALL': { severity: 'low', meaning: 'accounts that become root without a password' },
  'HOST-KEY-WEAK': { severity: 'medium', meaning: 'a host key of sshd that can be computed' },
  'HOST-KEY-OLD': { severity: 'low', meaning: 'a host key of sshd that is years old' },
  'CLOCK-OFF': { severity: 'medium', meaning: 'the clock of the host is not that of the operators' },
  'NOT-SOUGHT': { severity: 'info', meaning: 'values that cannot be looked for' },
  'NOT-LOOKED-AT': { severity: 'info', meaning: 'what an audit did not get to' },
  'KEY-COPY': { severity: 'high', meaning: 'a scope password is somewhere else than in its file' },
  'PROJECT-PASSWORD': { severity: 'high', meaning: 'the project password is on a host' },
  'WATCH-STOPPED': { severity: 'high', meaning: 'the watch was brought to the host and does not run' },
  'WATCH-CHANGED': { severity: 'high', meaning: 'the watch on the host is not the one that was brought' },
  'EVENTS-WAITING': { severity: 'medium', meaning: 'more events of the watch wait than were judged' },
  'EVENTS-MISSING': {
    severity: 'medium',
    meaning: 'something happened that the watch did not write down, or no longer has',
  },
  'FOREIGN-READ': { severity: 'high', meaning: 'a program that nothing of ours explains read a file of ours' },
  'FOREIGN-CHANGE': { severity: 'high', meaning: 'a program that nothing of ours explains changed something of ours' },
  BEHIND: { severity: 'low', meaning: 'the host does not have what the project says' },
  UNREACHABLE: { severity: 'medium', meaning: 'the host could not be audited' },
  'PROJECT-LOOSE': { severity: 'high', meaning: 'others can change what commands of ours read or run' },
  'PLAIN-IN-GIT': { severity: 'high', meaning: 'a value in force is in plain text in the repository' },
  'PLAIN-COPY': { severity: 'medium', meaning: 'a file of this clone holds a value in plain text' },
  'PASSWORD-WEAK': { severity: 'medium', meaning: 'the project password is easy to guess, used twice, or old' },
  'LEAVER-KNOWS': { severity: 'medium', meaning: 'somebody who left knows values that are still in force' },
  'OPERATOR-UNKNOWN': { severity: 'high', meaning: 'a file for an operator whom the metadata do not know' },
  'NOT-COMMITTED': { severity: 'low', meaning: 'others do not have what you would deliver' },
  'CONTROL-HOST': { severity: 'medium', meaning: 'the machine that opens everything runs containers of the fleet' },
  'TOOL-ADVISORY': { severity: 'info', meaning: 'a program is of a version that is publicly known to be faulty' },
  'ACCESS-LOG-CHANGED': { severity: 'high', meaning: 'the access log of this clone is not as it was written' },
  'BACKUP-OVERDUE': { severity: 'medium', meaning: 'no backup was read back whole for too long' },
  'BACKUP-DAMAGED': { severity: 'medium', meaning: 'a backup, or a copy of one, is not as it was written' },
  'ROTATION-STUCK': {
    severity: 'medium',
    meaning: 'a rotation is half-done, or a former value is valid that should have ended',
  },
  'ROTATION-FAILED': { severity: 'medium', meaning: 'the last rotation of a credential was refused and taken back' },
  'SECRET-OVERDUE': { severity: 'medium', meaning: 'a secret is older than lockstep.yaml says it may be' },
  'ACCEPTANCE-VOID': { severity: 'medium', meaning: 'the file of accepted findings does not hold' },
  'NEVER-READ': { severity: 'info', meaning: 'a program is given secrets that it never asks for' },
  'SECRET-UNUSED': { severity: 'low', meaning: 'a secret is given to nobody' },
} as const

export type FindingId = keyof typeof findingTable

const kinds: Readonly<Record<FindingId, Kind>> = findingTable

const isFindingId = (word: string): word is FindingId => Object.hasOwn(findingTable, word)

export const findingIds: readonly FindingId[] = Object.keys(findingTable).filter(isFindingId)

/** Makes one with the severity of its kind. */
export const finding = (id: FindingId, details: Omit<Finding, 'id' | 'severity'>): Finding => ({
  id,
  severity: kinds[id].severity,
  ...details,
})

/** Is this one at least as bad as `than`? */
export const isAsBadAs = (severity: Severity, than: Severity): boolean =>
  severities.indexOf(severity) <= severities.indexOf(than)

/** Worst first, then by host, id and path. */
export const sortFindings = (found: readonly Finding[]): readonly Finding[] =>
  found.toSorted(
    (a, b) =>
      severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
      compare(a.host ?? '', b.host ?? '') ||
      compare(a.id, b.id) ||
      compare(a.path ?? '', b.path ?? ''),
  )

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
