/** What belongs where below the directory of a project on a host (docs/file-formats.md). */
export interface ExpectedPath {
  /** `other`: a socket. */
  readonly kind: 'file' | 'directory' | 'link' | 'other'
  /** Permission bits that are right; the first is the one we make. */
  readonly modes: readonly number[]
  /** `root`: whoever the receiver runs as; `scope`: owner of the container scope named. */
  readonly owner: 'root' | { readonly scope: string }
  /** Opens secrets, or holds them: loose modes here are findings of their own. */
  readonly isSecret: boolean
}

const secretFile = { kind: 'file', modes: [0o600], owner: 'root', isSecret: true } as const
const secretDirectory = { kind: 'directory', modes: [0o700], owner: 'root', isSecret: true } as const

/** Null for what lockstep does not put there. `path` is relative; `.` is the directory itself. */
export const expectedPath = (path: string): ExpectedPath | null => {
  for (const [pattern, expected] of table) if (pattern.test(path)) return expected
  const found = scopePath.exec(path) ?? livePath.exec(path)
  if (found === null) return null
  const owner = { scope: `container/${found[1]}` }
  const below = found[2] ?? ''
  if (below === '' || below === '/secrets') return { ...secretDirectory, owner }
  return scopeFile.test(below) ? { kind: 'file', modes: [0o600, 0o400], owner, isSecret: true } : null
}

/** The scope of a container in a generation, and copies of it in its live directory. */
const scopePath = /^generations\/\d+\/containers\/([^/]+)(\/.*)?$/
const livePath = /^live\/([^/]+)(?:\/\d+(\/.*)?)?$/

const scopeFile = /^\/(vault-password|secrets\/([a-z0-9][a-z0-9_-]*\.env|manifest\.json))$/

const table: readonly (readonly [RegExp, ExpectedPath])[] = [
  [/^\.$/, { kind: 'directory', modes: [0o700, 0o750, 0o755, 0o711], owner: 'root', isSecret: false }],
  [/^(current|vault-password|secrets)$/, { kind: 'link', modes: [0o777], owner: 'root', isSecret: true }],
  [/^host\.json$/, { ...secretFile, isSecret: false }],
  [/^(generations|generations\/\d+|generations\/\d+\/(secrets|containers)|ledger|backups)$/, secretDirectory],
  [/^generations\/\d+\/vault-password$/, secretFile],
  [/^generations\/\d+\/secrets\/([a-z0-9][a-z0-9_-]*\.env|manifest\.json)$/, secretFile],
  [/^ledger\/(ledger\.vault|lease\.json|guard)$/, { ...secretFile, isSecret: false }],
  [/^backups\/[^/]+$/, secretFile],
  [/^(bin|scripts|compose)$/, { kind: 'directory', modes: [0o755, 0o700], owner: 'root', isSecret: false }],
  [/^(bin|scripts)\/[^/]+$/, { kind: 'file', modes: [0o755, 0o700], owner: 'root', isSecret: false }],
  [/^live$/, secretDirectory],
  [/^live\/[^/]+\.json$/, { ...secretFile, isSecret: false }],
  [/^live\/[^/]+\/current$/, { kind: 'link', modes: [0o777], owner: 'root', isSecret: true }],
  [/^before$/, { kind: 'directory', modes: [0o700], owner: 'root', isSecret: false }],
  [/^before\/[^/]+\.json$/, { ...secretFile, isSecret: false }],
  [/^watch$/, { kind: 'directory', modes: [0o700], owner: 'root', isSecret: false }],
  [/^watch\/agent\.py$/, { kind: 'file', modes: [0o700], owner: 'root', isSecret: false }],
  [/^watch\/(lock|events\.jsonl(\.\d)?)$/, { ...secretFile, isSecret: false }],
  [/^watch\/socket$/, { kind: 'other', modes: [0o700], owner: 'root', isSecret: false }],
  [/^compose\/[^/]+\.yaml$/, { kind: 'file', modes: [0o600, 0o644], owner: 'root', isSecret: false }],
]
