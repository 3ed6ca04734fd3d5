import type { DesiredHost } from '../fleet/desired.ts'

/** What kind of place a file is: it decides which finding a value in it is. */
export const surfaces = [
  'piece',
  'unit',
  'cron',
  'compose',
  'settings',
  'history',
  'ansible',
  'copy',
  'dump',
  'log',
  'temporary',
  'home',
] as const
export type Surface = (typeof surfaces)[number]

/** Files that a host tells of: `all`, or only those that hold a value (`tail`: at their end). `~` is every home; a last
 *  `**` all that is below, a few levels deep. */
export type Place = readonly [surface: Surface, pattern: string, how: 'all' | 'held' | 'tail']

/** Where an audit looks besides our own directory; a file belongs to the first place that names it. */
export const auditPlaces = ({
  directory,
  containers,
}: Pick<DesiredHost, 'directory' | 'containers'>): readonly Place[] => {
  const own = globWord(directory)
  const name = globWord(directory.slice(directory.lastIndexOf('/') + 1))
  const files = containers.flatMap(({ runs }) => (runs.kind === 'compose' ? besideCompose(globWord(runs.file)) : []))
  return [
    ...every('piece', 'all', pieces),
    ...every('unit', 'held', units),
    ...every('cron', 'held', crons),
    ...every('compose', 'held', [...files, ...composeFiles]),
    ...every('settings', 'held', settings),
    ...every('history', 'held', histories),
    ...every('ansible', 'all', [
      '~/.ansible/tmp/**',
      '~/.ansible_async/**',
      '/tmp/ansible*/**',
      '/var/tmp/ansible*/**',
    ]),
    ...every(
      'copy',
      'all',
      copies.flatMap((end) => [own, `~/${name}`, `/var/backups/${name}`, `/srv/${name}`].map((one) => one + end)),
    ),
    ...every('copy', 'held', [...copies.map((end) => `${own}${end}/**`), '/var/backups/**']),
    ...every('dump', 'all', dumps),
    ...every('log', 'tail', logs),
    // what any account can fill comes last: each may take half of the time that is left
    ...every('temporary', 'held', ['/tmp/**', '/var/tmp/**', '/dev/shm/**']),
    ...every('home', 'held', homes),
  ]
}

/** Below these copies of our directory are looked for whatever they are called. `~` is every home. */
export const copyTops: readonly string[] = [
  '~',
  '/home',
  '/tmp',
  '/var/tmp',
  '/dev/shm',
  '/var/backups',
  '/srv',
  '/opt',
  '/mnt',
  '/media',
]

const every = (surface: Surface, how: Place[2], patterns: readonly string[]): readonly Place[] =>
  patterns.map((pattern) => [surface, pattern, how])

/** It reads its variables from `.env`. */
const besideCompose = (file: string): readonly string[] => [file, `${file.slice(0, file.lastIndexOf('/') + 1)}.env`]

const globWord = (path: string): string => path.replace(/[*?[]/g, '[$&]')

/** What starts something of ours as root; the directories are told as well: whoever may write there may add to it. */
const pieces: readonly string[] = [
  '/etc/cron.d',
  '/etc/cron.d/lockstep*',
  '/etc/systemd/system',
  '/etc/systemd/system/lockstep*',
  '/etc/systemd/system/*.d/lockstep.conf',
]

const units: readonly string[] = [
  '/etc/systemd/system/*',
  '/etc/systemd/system/*.d/*',
  '/run/systemd/system/*',
  '/run/systemd/system/*.d/*',
  '/run/systemd/transient/*',
  '/usr/local/lib/systemd/system/*',
  '/etc/containers/systemd/*',
  '~/.config/systemd/user/*',
  '~/.config/containers/systemd/*',
]

const crons: readonly string[] = [
  '/etc/crontab',
  '/etc/anacrontab',
  '/etc/cron.*/*',
  '/var/spool/cron/*',
  '/var/spool/cron/*/*',
]

const composeFiles: readonly string[] = ['~/*', '~/*/*', '/srv/*', '/srv/*/*', '/opt/*/*'].flatMap((folder) =>
  ['compose*.y*ml', 'docker-compose*.y*ml'].map((file) => `${folder.slice(0, -1)}${file}`),
)

const settings: readonly string[] = [
  '/etc/environment',
  '/etc/environment.d/*',
  '/etc/profile',
  '/etc/profile.d/*',
  '/etc/bash.bashrc',
  '/etc/default/*',
  '/etc/sysconfig/*',
  '/etc/sudoers',
  '/etc/sudoers.d/*',
  '/etc/docker/daemon.json',
  ...['profile', 'bashrc', 'bash_profile', 'bash_login', 'zshrc', 'zshenv', 'zprofile', 'pam_environment'].map(dot),
  ...['netrc', 'pgpass', 'my.cnf', 'env', 'npmrc', 'vault-token', 'docker/config.json', 'aws/credentials'].map(dot),
]

function dot(name: string): string {
  return `~/.${name}`
}

const histories: readonly string[] = ['~/.*history*', '~/.local/share/fish/fish_history', '~/.viminfo', '~/.lesshst']

/** How people call what they put aside. */
const copies: readonly string[] = [
  '~',
  ...['bak', 'old', 'orig', 'save', 'backup', 'tar', 'tgz', 'zip'].flatMap((word) => [`.${word}*`, `[-_]${word}*`]),
  '[-_.0-9]*.tar*',
  '[-_.0-9]*.tgz',
]

const dumps: readonly string[] = [
  '/var/lib/systemd/coredump/*',
  '/var/lib/apport/coredump/*',
  '/var/crash/*',
  ...['/', '~/', '/tmp/', '/var/tmp/'].flatMap((folder) => [`${folder}core`, `${folder}core.[0-9]*`]),
]

const logs: readonly string[] = [
  '/var/log/**',
  '/var/lib/docker/containers/*/*-json.log',
  '/var/lib/containers/storage/overlay-containers/*/userdata/ctr.log',
]

/** And where programs are put by hand. A star does not stand for a name that begins with a dot. */
const homes: readonly string[] = [
  '~/**',
  ...['/srv/', '/srv/*/', '/opt/', '/opt/*/'].flatMap((folder) =>
    ['*', '.env', '.vault-password'].map((file) => folder + file),
  ),
]
