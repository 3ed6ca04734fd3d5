/** Auditing a host with ten thousand files of ours on it, over ssh, beside what a person would type there, and beside the
 *  same audit of a host that has next to none. Needs root, sshd and ansible. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startFleet } from '../test/support/fleet.ts'
import type { TestFleet } from '../test/support/fleet.ts'
import type { Contender, Prepared, Subject } from './compare.ts'
import { buildAll, madeUp, makeProject, workplace } from './project.ts'
import { findProgram, runProgram } from './rivals.ts'

const files = 10_000
const generations = 200
const at = '/opt/bench'
const digests = `find ${at} -type f -exec sha256sum {} +`

const prepare = async (): Promise<Prepared> => {
  const ansible = findProgram('ansible')
  if (process.getuid?.() !== 0 || ansible === null) return { figures: [], missing: ['root, sshd and ansible'] }
  const { launcher, executable } = buildAll()
  const { directory, remove } = workplace()
  const fleet = startFleet({ hosts: 2, net: 90 })
  const project = join(directory, 'project')
  makeProject(executable, project, madeUp(50))
  mkdirSync(join(project, 'inventory'), { recursive: true })
  writeFileSync(join(project, 'inventory', 'production'), readFileSync(fleet.inventory))
  writeFileSync(
    join(project, 'lockstep.yaml'),
    `${readFileSync(join(project, 'lockstep.yaml'), 'utf8')}\ndirectory: ${at}\n`,
  )
  const inFleet = (command: readonly string[]): void => {
    const [program = '', ...args] = fleet.controller(command)
    runProgram(program, args, { cwd: project })
  }
  inFleet([launcher, 'setup', '--quiet'])
  inFleet([launcher, 'deploy', '--quiet'])
  for (const host of [1, 2]) fleet.at(host, emptied)
  fill(fleet)
  const audit = (host: string): Contender => ({
    name: `audit of ${host === 'host1' ? `${files} files` : 'the files of one delivery'}`,
    // to find something is no failure
    work: () =>
      inFleet([
        'sh',
        '-c',
        `${launcher} audit --hosts ${host} --quiet --json; code=$?; [ $code -eq 0 ] || [ $code -eq 9 ]`,
      ]),
  })
  const ssh = ['ssh', '-F', '/dev/null', '-i', `${fleet.directory}/id`, ...kept(fleet, directory)]
  const byHand = (name: string, script: string): Contender => ({
    name,
    work: () => inFleet([...ssh, `root@${addressOf(fleet, 'host1')}`, script]),
  })
  return {
    figures: [
      {
        name: `audit of a host with ${files} files`,
        ours: audit('host1'),
        rivals: [
          audit('host2'),
          {
            name: 'ansible find, sha256sum',
            work: () => inFleet([ansible, '-i', 'inventory', '-m', 'shell', '-a', `${digests} | tail -1`, 'host1']),
          },
          byHand('ssh find, sha256sum', `${digests} >/dev/null`),
          byHand(
            'ssh find, lsattr, grep -F of 50 values',
            `cd ${at} && find . -printf '%m %u %g %p\\n' >/dev/null; lsattr -R . >/dev/null 2>&1; ` +
              `seq -f 'value-that-is-nowhere-%020g' 50 > /run/values; grep -rFlf /run/values . ; rm /run/values`,
          ),
        ],
        rounds: 7,
        promise: '1.5 s',
      },
    ],
    clean: async () => {
      inFleet(['sh', '-c', `${ssh.join(' ')} -O exit root@${addressOf(fleet, 'host1')} || true`])
      fleet.down()
      remove()
    },
  }
}

/** What lies there on this machine is not what lies on a host. */
const emptied = 'for d in /tmp /var/tmp /dev/shm; do mount -t tmpfs none $d; done'

/** Older generations, as deliveries leave them, until there are so many files. */
const fill = (fleet: TestFleet): void => {
  const each = Math.ceil(files / generations)
  fleet.at(
    1,
    `set -e; umask 077; cd ${at}/generations; cp -a "$(readlink -f ../current)" 1001
    for n in $(seq ${each}); do { echo '$ANSIBLE_VAULT;1.1;AES256'; head -c 600 /dev/urandom | base64; } > 1001/secrets/group$n.env; done
    for n in $(seq 1002 ${1000 + generations}); do cp -a 1001 $n; done
    [ $(find ${at} -type f | wc -l) -ge ${files} ]`,
  )
}

const addressOf = (fleet: TestFleet, host: string): string =>
  new RegExp(`^${host} .*ansible_host=(\\S+)`, 'm').exec(readFileSync(fleet.inventory, 'utf8'))?.[1] ?? ''

/** Connections stay open between runs, as ours do. */
const kept = (fleet: TestFleet, directory: string): readonly string[] =>
  [
    `UserKnownHostsFile=${fleet.directory}/known_hosts`,
    'ControlMaster=auto',
    `ControlPath=${directory}/control`,
    'ControlPersist=60',
  ].flatMap((option) => ['-o', option])

export const audit: Subject = { name: 'audit', prepare }
