import { fail } from '../core/errors.ts'
import { isAtLeast } from '../core/health.ts'
import { ansibleVenv } from '../core/own-directories.ts'
import type { Exec, Files, Machine } from '../core/ports.ts'

export interface InstallPorts {
  readonly exec: Exec
  readonly files: Files
  readonly machine: Machine
}

export interface InstallOptions {
  /** The folder with the lists of packages. */
  readonly lists: string
  readonly report: (line: string) => void
}

/** Lists of packages, each with the oldest Python it is for; the first that fits is taken. */
const lists = [
  { oldest: [3, 11], name: 'requirements.txt' },
  { oldest: [3, 9], name: 'requirements-3.9.txt' },
] as const

const patience = 600_000

/** Installs ansible-core into an environment of its own, every package by its hash. Gives where it is.
 *  @throws NOT_FOUND without a Python that will do; UNAVAILABLE when it cannot be installed */
export const installAnsible = async (ports: InstallPorts, options: InstallOptions): Promise<string> => {
  const { files, machine } = ports
  const list = `${options.lists}/${await listFor(ports)}`
  const venv = ansibleVenv(machine)
  const parent = venv.slice(0, venv.lastIndexOf('/'))
  await files.makeDirectory(parent)
  const work = async (): Promise<void> => {
    if (await isInstalled(ports, options.lists)) return
    options.report(`installing ansible-core into ${venv}, once, from a list of hashes`)
    await step(ports, 'make a Python environment', 'python3', ['-m', 'venv', venv])
    const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--require-hashes', '-r', list]
    await step(ports, 'install ansible-core', `${venv}/bin/python`, pip)
    await files.write(markOf(venv), (await files.read(list)) ?? new Uint8Array())
  }
  await files.locked(`${parent}/ansible.lock`, work, { wait: patience })
  return venv
}

/** Is it there whole, and as one of today's lists says? */
export const isInstalled = async ({ files, machine }: InstallPorts, folder: string): Promise<boolean> => {
  const mark = await files.read(markOf(ansibleVenv(machine)))
  if (mark === null) return false
  const texts = await Promise.all(lists.map(({ name }) => files.read(`${folder}/${name}`)))
  return texts.some((text) => text !== null && isSame(text, mark))
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

/** Written last: what was interrupted is done again. */
const markOf = (venv: string): string => `${venv}/lockstep-requirements.txt`

const listFor = async ({ exec }: InstallPorts): Promise<string> => {
  const hint = 'install Python 3.9 or newer with its venv module (on Debian and Ubuntu: python3-venv)'
  if ((await exec.find('python3')) === null) throw fail('NOT_FOUND', 'there is no python3 here', { hint })
  const { stdout } = await exec.run('python3', ['--version'])
  const version = new TextDecoder().decode(stdout).trim()
  const list = lists.find(({ oldest }) => isAtLeast(version, oldest))
  if (list === undefined) throw fail('NOT_FOUND', `the ${version} here is too old for Ansible`, { hint })
  return list.name
}

const step = async ({ exec }: InstallPorts, what: string, command: string, args: readonly string[]): Promise<void> => {
  const { status, stdout, stderr } = await exec.run(command, args, { timeout: patience })
  if (status === 0) return
  // venv says on standard output that its package is missing
  const said = `${new TextDecoder().decode(stdout)}\n${stderr}`.trim().split('\n')
  const last = said.findLast((line) => /error|not created|no matching/i.test(line)) ?? said.at(-1) ?? ''
  throw fail('UNAVAILABLE', `could not ${what}: ${last.slice(0, 300)}`, {
    hint: 'on Debian and Ubuntu: sudo apt-get install python3-venv; or install ansible-core by other means',
  })
}
