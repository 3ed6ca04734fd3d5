import { hostText, shellWord } from '../host-text.ts'
import type { CopyFacts } from './copy-facts.ts'
import type { AuditInput } from './audit-host.ts'
import type { Finding } from './findings.ts'
import { finding } from './findings.ts'

/** Copies of our directory under any name. Each is told as long as it lies there: that its password is no longer one of
 *  the host's own changes nothing, as it opens what lies beside it. */
export const auditCopies = (input: AuditInput): readonly Finding[] =>
  copiesOf(input).flatMap((one) => [beside(input, one), ...keys(input, one)])

/** Those of our project and environment; a neighbour's directory is its own. */
export const copiesOf = ({ facts, ledger }: AuditInput): readonly CopyFacts[] =>
  (facts.audit?.copies ?? []).filter(
    ({ project, environment }) =>
      project === ledger.project && (environment === null || environment === ledger.environment),
  )

const beside = ({ desired }: AuditInput, one: CopyFacts): Finding => {
  const at = { host: desired.host, path: one.path, fix: removal(one) }
  const message = `a copy of ${hostText(desired.directory, 80)}${whose(desired.host, one)}, by what is in it`
  // what is in a directory that is not ours has modes of its own
  const isOpen = (one.modes & 0o044) !== 0 || (one.whole && (one.mode & 0o055) !== 0)
  return isOpen
    ? finding('BACKUP-READABLE', { ...at, message: `${message}, and others can read it` })
    : finding('COPY-BESIDE', { ...at, message })
}

const keys = ({ desired }: AuditInput, one: CopyFacts): readonly Finding[] =>
  one.keys.map((path) =>
    finding('KEY-COPY', {
      host: desired.host,
      path,
      message: `a scope password${whose(desired.host, one)}, in a copy that it opens: ${hostText(one.path, 200)}`,
      fix: `${removal(one)} (on ${desired.host}); then lockstep set what was in it, and lockstep deploy`,
    }),
  )

const whose = (host: string, one: CopyFacts): string =>
  one.host === null || one.host === host ? '' : ` of ${hostText(one.host, 80)}`

/** All of it, and nothing that lies beside its parts. */
const removal = ({ path, parts, whole }: CopyFacts): string => {
  const words = whole ? [path] : parts.map((name) => `${path}/${name}`)
  return `look at it; rm -r ${words.map((word) => shellWord(word)).join(' ')}`
}
