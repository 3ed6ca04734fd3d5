/** What the tests are divided into, and what each part needs of the machine it runs on. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const tests = join(root, 'test')

export interface Suite {
  readonly name: string
  /** What it shows, in a few words. */
  readonly shows: string
  readonly files: readonly string[]
  /** Scripts to run first, as arguments of node. */
  readonly before: readonly string[]
  /** What this machine lacks for it; empty when it can run. */
  readonly lacks: readonly string[]
  /** Milliseconds for one test. */
  readonly timeout: number
  /** How many files run at a time. */
  readonly atOnce: number
  /** Whether its files share a process, started once: where tests share nothing, a file of its own costs half. */
  readonly isTogether: boolean
}

const special: readonly string[] = ['io', 'server', 'built', 'executable', 'kill', 'power', 'leak', 'peers', 'fleet']

const testFiles = (folder: string): readonly string[] =>
  readdirSync(join(tests, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(tests, folder, name))
    .sort()

const folders = readdirSync(tests, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

const topFiles = readdirSync(tests)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join(tests, name))

const inFolder = (name: string): readonly string[] => (folders.includes(name) ? testFiles(name) : [])

const bySize = (files: readonly string[]): readonly string[] =>
  files.toSorted((a, b) => statSync(b).size - statSync(a).size)

const linux = (): readonly string[] => (process.platform === 'linux' ? [] : ['Linux'])

const superuser = (): readonly string[] => (process.getuid?.() === 0 ? [] : ['root'])

const commands = (...names: readonly string[]): readonly string[] =>
  names.filter((name) => spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${name}`]).status !== 0)

/** strace can be there and still not be allowed to look into a process that it did not start. */
const tracing = (): readonly string[] => {
  const missing = commands('strace')
  if (missing.length > 0) return missing
  const scope = '/proc/sys/kernel/yama/ptrace_scope'
  const restricted = existsSync(scope) && readFileSync(scope, 'utf8').trim() !== '0'
  const refused = spawnSync('strace', ['-o', '/dev/null', 'true']).status !== 0
  return refused || (restricted && superuser().length > 0) ? ['permission to trace processes (root has it)'] : []
}

/** Debian keeps its programs off the PATH. */
const postgresServer = (): readonly string[] => (existsSync('/usr/lib/postgresql') ? [] : commands('initdb', 'pg_ctl'))

const minute = 60_000

/** All suites in the order in which they run: what is quick and basic first. */
export const suites = (): readonly Suite[] =>
  [
    {
      name: 'unit',
      shows: 'rules, formats, use cases and commands',
      files: folders.filter((name) => !special.includes(name)).flatMap(testFiles),
      atOnce: 4,
      isTogether: true,
      timeout: 2 * minute,
    },
    {
      name: 'io',
      shows: 'the doors to the machine: files, processes, network, and the package as programs load it',
      files: [...topFiles, ...['io', 'server'].flatMap(inFolder)],
      timeout: 2 * minute,
    },
    {
      name: 'transcripts',
      shows: 'the built program, as it is installed',
      files: inFolder('built'),
      before: ['scripts/build.ts'],
      timeout: minute,
    },
    {
      name: 'executable',
      shows: 'the single executable, and that nothing steers it',
      files: inFolder('executable'),
      before: ['scripts/build-executable.ts'],
      lacks: process.platform === 'linux' && process.arch === 'x64' ? [] : ['linux on x64'],
      timeout: minute,
    },
    {
      name: 'kill',
      shows: 'killed or out of disk at every change of a file: the old state or the new',
      files: inFolder('kill'),
      before: ['scripts/build.ts'],
      lacks: [...linux(), ...tracing()],
      timeout: 3 * minute,
    },
    {
      name: 'power',
      shows: 'the power gone at every change of a file: what the disk really holds',
      files: inFolder('power'),
      lacks: [...linux(), ...superuser(), ...tracing(), ...commands('mount', 'losetup', 'mkfs.ext4')],
      timeout: 3 * minute,
    },
    {
      name: 'leak',
      shows: 'no secret where it should not be, whatever goes wrong',
      files: inFolder('leak'),
      before: ['scripts/build.ts'],
      lacks: [...linux(), ...superuser(), ...tracing(), ...commands('git', 'mount', 'unshare')],
      timeout: 3 * minute,
    },
    {
      name: 'peers',
      shows: 'the real ansible-vault, age, shells and others read what we write, and the reverse',
      // some wait for a server or for each other
      atOnce: 3,
      files: bySize(inFolder('peers')),
      lacks: commands(
        'python3',
        'ansible-vault',
        'age',
        'ssh-keygen',
        'zsh',
        'fish',
        'git',
        'docker',
        'systemd-analyze',
        'redis-server',
        'psql',
        'mariadb',
        'mariadbd',
        'mariadb-install-db',
        'openssl',
        ...(process.getuid?.() === 0 ? ['runuser'] : []),
      ).concat(postgresServer()),
      timeout: 3 * minute,
    },
    {
      name: 'fleet',
      shows: 'real hosts over ssh, with engines of their own',
      // they wait for engines and time-outs too; what takes longest comes first
      atOnce: 3,
      files: bySize(inFolder('fleet')),
      lacks: [
        ...linux(),
        ...superuser(),
        ...commands(
          'sshd',
          'ip',
          'nft',
          'nsenter',
          'dockerd',
          'docker',
          'docker-compose',
          'podman',
          'runc',
          'ansible-playbook',
          'cron',
          'sudo',
          'strace',
          'ssh-agent',
          'systemd-analyze',
          'python3',
          'psql',
          'openssl',
          'runuser',
        ),
        ...postgresServer(),
      ],
      timeout: 5 * minute,
    },
  ]
    .map((suite) => ({ before: [], lacks: [], atOnce: 2, isTogether: false, ...suite }))
    .filter(({ files }) => files.length > 0)
