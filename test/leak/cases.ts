/** Every command, and what it may tell. A command that is not here fails the test. */

export const names = ['aws', 'other', 'session', 'fresh', 'password', 'wrong', 'recovery'] as const

/** A value that is looked for: three secrets, one that comes in, the project password, a password that is
 *  wrong, and the recovery identity. */
export type CanaryName = (typeof names)[number]

export type Canaries = Readonly<Record<CanaryName, string>>

export interface LeakCase {
  readonly args: readonly string[]
  readonly input?: string
  /** Files of the project beside those that are always there. */
  readonly files?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  /** What standard output is for. */
  readonly prints?: readonly CanaryName[]
  /** Where else its values are meant to go: lines of strace. */
  readonly hands?: RegExp
  /** Secrets that a file of the project holds in plain text because the person put it there. */
  readonly plain?: readonly string[]
  /** It must not succeed, whatever the disk. */
  readonly fails?: boolean
}

const editing = /<\/dev\/shm\/lockstep-edit-[^>]*>/
const secrets = ['aws', 'other', 'session'] as const

/** `recoveryFile` is the path of the recovery identity, outside every project. */
export const casesOf = (
  c: Canaries,
  sealed: Readonly<Record<string, string>>,
  { recipient, recoveryFile }: { readonly recipient: string; readonly recoveryFile: string },
): Cases => ({
  get: [
    { args: ['get', 'AWS_KEY'], prints: ['aws'] },
    { args: ['get', 'AWS_KEY', '--break-glass', '--reason', 'a test'], prints: ['aws'] },
    { args: ['get', 'NO_SUCH_KEY'] },
  ],
  set: [
    { args: ['set', 'AWS_KEY'], input: c.fresh },
    { args: ['set', 'NEW_KEY', '--group', 'aws'], input: `${c.fresh}\n` },
    { args: ['set', 'AWS_KEY'], input: `${c.fresh}\0x`, fails: true },
    { args: ['set', 'AWS_KEY'], input: `${c.fresh}\r\n\x1b[31m${c.fresh}` },
  ],
  rm: [{ args: ['rm', 'AWS_KEY'] }],
  list: [{ args: ['list'] }],
  import: [
    { args: ['import', 'in.env', '-g', 'aws'], files: { 'in.env': `NEW=${c.fresh}\n` }, plain: ['in.env'] },
    {
      args: ['import', 'in.env', '--remove-source', '--replace', '-g', 'aws'],
      files: { 'in.env': `AWS_KEY=${c.fresh}\n` },
      plain: ['in.env'],
    },
    { args: ['import', '.env', '-g', 'aws'], files: { '.env': `AWS_KEY=${c.fresh}\n` }, plain: ['.env'] },
    { args: ['import', '-', '-g', 'aws'], input: `NEW='${c.fresh}`, fails: true },
    { args: ['import', '-', '-g', 'aws'], input: `${c.fresh}\n`, fails: true },
    { args: ['import', '-', '-g', 'aws'], input: `NEW="${c.fresh}" ${c.fresh}\n`, fails: true },
    { args: ['import', '-', '-g', 'aws', '--format', 'json'], input: `{"NEW":"${c.fresh}",}`, fails: true },
    {
      args: ['import', '-', '-g', 'aws', '--format', 'json'],
      input: `{"NEW":{"${c.fresh}":["${c.fresh}"]}}`,
      fails: true,
    },
    {
      args: ['import', '-', '-g', 'aws', '--format', 'yaml'],
      input: `NEW: [${c.fresh}\nX: !vault ${c.fresh}\n`,
      fails: true,
    },
    { args: ['import', '-', '-g', 'aws', '--format', 'docker'], input: `${c.fresh} = ${c.fresh}\n`, fails: true },
    { args: ['import', '-', '-g', 'aws'], input: `$ANSIBLE_VAULT;1.1;AES256\n${c.fresh}\n`, fails: true },
  ],
  export: [
    { args: ['export'], prints: secrets },
    { args: ['export', '--format', 'json'], prints: secrets },
    { args: ['export', 'nothing'] },
  ],
  run: [
    { args: ['run', '--', 'true'], hands: /execve\("[^"]*\/true"/ },
    { args: ['run', '--', 'no-such-program'] },
    {
      args: ['run', '--files', '/dev/shm/lockstep-leak', '--', 'true'],
      hands: /<\/dev\/shm\/lockstep-leak|<[^>]*\(deleted\)>/,
    },
  ],
  rekey: [
    { args: ['rekey'] },
    { args: ['rekey', '--project-key'] },
    {
      args: ['rekey', '--new-password-file', 'new'],
      files: { new: `${c.fresh}${c.fresh}\n` },
      plain: ['new', '.vault-password'],
    },
  ],
  operators: [
    { args: ['operators', 'list'] },
    { args: ['operators', 'add', 'anna', recipient] },
    { args: ['operators', 'add', 'anna', `AGE-SECRET-KEY-1${c.fresh}`], fails: true },
  ],
  create: [
    { args: ['create', '--from', '-', '--group', 'aws'], input: `NEW=${c.fresh}\n` },
    { args: ['create', '--from', '-', '--group', 'aws'], input: `NEW=\${${c.fresh}\n"${c.fresh}`, fails: true },
  ],
  view: [
    { args: ['view', 'aws'], prints: ['aws', 'other'] },
    { args: ['view', 'secrets/session.env'], prints: ['session'] },
    {
      args: ['view', 'elsewhere.env', '--password-file', 'wrong'],
      files: { 'elsewhere.env': sealed['ours'] ?? '', wrong: `${c.wrong}\n` },
      plain: ['wrong'],
      fails: true,
    },
  ],
  edit: [
    { args: ['edit', 'aws'], env: { EDITOR: 'sed -i s/canary/changed/' }, hands: editing },
    { args: ['edit', 'aws'], env: { EDITOR: 'sed -i s/$/\\"/' }, hands: editing, fails: true },
    { args: ['edit', 'aws'], env: { EDITOR: 'false' }, hands: editing, fails: true },
    { args: ['edit', 'aws'], env: { EDITOR: 'rm' }, hands: editing, fails: true },
  ],
  adopt: [
    {
      args: ['adopt', 'secrets/new.env'],
      files: { 'secrets/new.env': `NEW=${c.fresh}\n` },
      plain: ['secrets/new.env'],
    },
    {
      args: ['adopt', 'secrets/new.env'],
      files: { 'secrets/new.env': `${c.fresh} ${c.fresh}\n` },
      plain: ['secrets/new.env'],
      fails: true,
    },
    {
      args: ['adopt', 'secrets/aws.env', '--password-file', 'wrong'],
      files: { wrong: `${c.wrong}\n` },
      plain: ['wrong'],
    },
  ],
  init: [
    { args: ['init'] },
    { args: ['init', '-E', 'staging'], files: { '.env': `NEW=${c.fresh}\n` }, plain: ['.env'] },
  ],
  log: [{ args: ['log', 'verify'] }, { args: ['log', 'show'] }],
  alerts: [
    {
      args: ['alerts', 'test'],
      files: {
        'lockstep.yaml':
          'project: shop\nalerts:\n  - { slack: AWS_KEY }\n  - { command: [sh, -c, "cat; env"] }\n  - { stderr: true }\n',
      },
      fails: true,
    },
    { args: ['alerts', 'list'], files: { 'lockstep.yaml': 'project: shop\nalerts: [{ slack: AWS_KEY }]\n' } },
  ],
  metrics: [{ args: ['metrics'] }, { args: ['metrics', '--textfile', 'shop.prom'] }],
  schedule: [{ args: ['schedule', 'list'] }, { args: ['schedule', 'install', '--check'] }],
  backup: [
    { args: ['backup', '--local'] },
    { args: ['backup', '--check'] },
    { args: ['backup', 'list'] },
    { args: ['backup', 'prune', '--keep', '1'] },
    { args: ['backup', 'recovery', '--renew', '--to', '../home/new-recovery'] },
    { args: ['backup', 'recovery', '--renew', '--split', '2/3', '--to', '../home/shares'] },
    { args: ['backup', 'recovery', '--renew'], fails: true },
    {
      args: ['backup', 'drill', '--identity', recoveryFile],
    },
    {
      args: ['backup', 'drill', '--identity', 'recovery'],
      files: { recovery: `${c.recovery}\n` },
      plain: ['recovery'],
      fails: true,
    },
    {
      args: ['backup', 'drill', '--share', 'share'],
      files: { share: `lockstep-share-1:${c.fresh}` },
      plain: ['share'],
      fails: true,
    },
  ],
  'backup-verify': [
    { args: ['backup-verify', '--local'] },
    { args: ['backup-verify', '--local', '--fix'] },
    { args: ['backup-verify', '--local', '--fix', '--drop'] },
  ],
  restore: [
    {
      args: ['restore', 'kept.backup', '--identity', recoveryFile, '--to', 'restored'],
      plain: ['restored/.vault-password'],
    },
    { args: ['restore', 'kept.backup', '--check'] },
    {
      args: ['restore', 'aws.env', '--identity', 'recovery'],
      files: { 'aws.env': c.fresh, recovery: `AGE-SECRET-KEY-1${c.fresh}` },
      plain: ['aws.env', 'recovery'],
      fails: true,
    },
  ],
  completion: [{ args: ['completion', 'bash'] }],
  doctor: [{ args: ['doctor'] }],
  git: [
    { args: ['git', 'diff-text', 'secrets/aws.env'] },
    {
      args: ['git', 'merge-driver', 'base', 'ours', 'theirs', 'secrets/aws.env'],
      files: { base: sealed['ours'] ?? '', ours: sealed['ours'] ?? '', theirs: sealed['theirs'] ?? '' },
    },
    {
      args: ['git', 'merge-driver', 'base', 'ours', 'theirs', 'secrets/aws.env'],
      files: { base: sealed['other'] ?? '', ours: sealed['ours'] ?? '', theirs: sealed['theirs'] ?? '' },
    },
  ],
  'vault-client': [{ args: ['vault-client', '--vault-id', 'shop'], prints: ['password', 'wrong'] }],
})

export type Cases = Readonly<Record<string, readonly LeakCase[]>>

const fleet = 'reaches hosts: the leak tests of the fleet run it on real ones'

/** Commands that are not run here, each with the reason. */
export const exempt: Readonly<Record<string, string>> = {
  setup: fleet,
  deploy: fleet,
  rotate: fleet,
  status: fleet,
  audit: fleet,
  watch: fleet,
  serve: 'started by the collection inside a play: the leak tests of the fleet run it',
}
