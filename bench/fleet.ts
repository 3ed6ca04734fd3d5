/** Delivering to real hosts over ssh (network namespaces of this machine), beside the usual playbook and a bare
 *  `ssh | tar`. Needs root, sshd and ansible. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startFleet } from '../test/support/fleet.ts'
import type { TestFleet } from '../test/support/fleet.ts'
import type { Contender, Figure, Prepared, Subject } from './compare.ts'
import { buildAll, dotenvText, madeUp, makeProject, workplace } from './project.ts'
import { findProgram, runProgram } from './rivals.ts'

const groups = ['aws', 'cloudflare', 'github-oidc', 'session', 'database']

const prepareFor = (count: number, net: number) => async (): Promise<Prepared> => {
  const ansible = findProgram('ansible-playbook')
  if (process.getuid?.() !== 0 || ansible === null) return { figures: [], missing: ['root, sshd and ansible-playbook'] }
  const { launcher, executable } = buildAll()
  const { directory, remove } = workplace()
  const fleet = startFleet({ hosts: count, net })
  const inFleet = (command: readonly string[], cwd: string): void => {
    const [program = '', ...args] = fleet.controller(command)
    runProgram(program, args, { cwd })
  }
  const project = layProject(executable, fleet, join(directory, 'project'))
  inFleet([launcher, 'setup', '--quiet'], project)
  const loop = layLoop(fleet, join(directory, 'loop'))
  const lockstep = (name: string, words: readonly string[], before?: () => void): Contender => ({
    name,
    work: () => {
      before?.()
      const startedAt = performance.now()
      inFleet([launcher, ...words, '--quiet'], project)
      return { ms: performance.now() - startedAt, cpu: null }
    },
  })
  const change = (): void =>
    runProgram(executable, ['set', 'SECRET_1', '--quiet'], { cwd: project, input: randomBytes(24).toString('hex') })
  const figures: readonly Figure[] = [
    {
      name: `deploy of ${groups.length} files to ${count} hosts`,
      ours: lockstep('deploy', ['deploy'], change),
      rivals: [
        {
          name: 'copy loop playbook',
          work: () => inFleet([ansible, '-i', 'inventory', '-f', String(count), 'loop.yml'], loop),
        },
        { name: 'bare ssh | tar', work: () => fanOut(fleet, count, join(loop, 'files')) },
      ],
      rounds: 3,
      promise: '8x ahead of the loop, within 2x of tar',
    },
    {
      name: `deploy with nothing to do, ${count} hosts`,
      ours: lockstep('deploy', ['deploy']),
      rivals: [
        {
          name: 'copy loop playbook',
          work: () => inFleet([ansible, '-i', 'inventory', '-f', String(count), 'loop.yml'], loop),
        },
      ],
      rounds: 3,
      promise: 'writes nothing',
    },
    {
      name: `status of ${count} hosts`,
      ours: lockstep('status', ['status']),
      rivals: [
        {
          name: 'ansible ping',
          work: () =>
            inFleet(
              [`${ansible.replace(/-playbook$/, '')}`, '-i', 'inventory', '-f', String(count), '-m', 'ping', 'all'],
              loop,
            ),
        },
      ],
      rounds: 3,
      promise: '3 s for 30 hosts',
    },
  ]
  return {
    figures,
    clean: async () => {
      fleet.down()
      remove()
    },
  }
}

const layProject = (executable: string, fleet: TestFleet, directory: string): string => {
  makeProject(executable, directory, madeUp(5))
  mkdirSync(join(directory, 'inventory'), { recursive: true })
  writeFileSync(join(directory, 'inventory', 'production'), readFileSync(fleet.inventory))
  for (const group of groups.slice(1)) {
    runProgram(executable, ['set', `OF_${group.replaceAll('-', '_').toUpperCase()}`, '--group', group, '--quiet'], {
      cwd: directory,
      input: randomBytes(24).toString('hex'),
    })
  }
  return directory
}

/** What a team writes by hand: a directory, the password file and the encrypted files, one copy each. */
const layLoop = (fleet: TestFleet, directory: string): string => {
  mkdirSync(join(directory, 'files'), { recursive: true })
  for (const group of groups) writeFileSync(join(directory, 'files', `${group}.env`), dotenvText(madeUp(5)))
  cpSync(fleet.inventory, join(directory, 'inventory'))
  writeFileSync(join(directory, 'ansible.cfg'), '[ssh_connection]\npipelining = True\n')
  const names = groups.map((group) => `${group}.env`).join(', ')
  writeFileSync(
    join(directory, 'loop.yml'),
    `- hosts: all
  gather_facts: false
  tasks:
    - file: { path: /opt/loop/secrets, state: directory, mode: "0700" }
    - copy: { src: "files/{{ item }}", dest: "/opt/loop/secrets/{{ item }}", mode: "0600" }
      loop: [${names}]
`,
  )
  return directory
}

/** The floor: one ssh a host, all at once, the files as a tar on its standard input. */
const fanOut = async (fleet: TestFleet, count: number, files: string): Promise<void> => {
  const one = (host: number): Promise<void> => {
    const line =
      readFileSync(fleet.inventory, 'utf8')
        .split('\n')
        .find((text) => text.startsWith(`host${host} `)) ?? ''
    const address = /ansible_host=(\S+)/.exec(line)?.[1] ?? ''
    const ssh = `ssh -F /dev/null -i ${fleet.directory}/id -o UserKnownHostsFile=${fleet.directory}/known_hosts root@${address}`
    const there = 'umask 077; mkdir -p /opt/tar && tar -C /opt/tar -xf - && sync'
    const [program = '', ...args] = fleet.controller(['sh', '-c', `tar -C ${files} -cf - . | ${ssh} '${there}'`])
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, { stdio: 'ignore' })
      child.once('exit', (status) => (status === 0 ? resolve() : reject(new Error(`ssh | tar ended with ${status}`))))
    })
  }
  await Promise.all(Array.from({ length: count }, (_, index) => one(index + 1)))
}

export const fleet10: Subject = { name: 'fleet10', prepare: prepareFor(10, 88) }
export const fleet30: Subject = { name: 'fleet30', prepare: prepareFor(30, 89) }
