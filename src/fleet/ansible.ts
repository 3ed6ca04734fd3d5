import { hasCode } from '../core/errors.ts'
import { isAtLeast, oldestAnsible, utf8Locale } from '../core/health.ts'
import { ansibleVenv, cacheDirectory } from '../core/own-directories.ts'
import type { Exec, Files, Machine } from '../core/ports.ts'
import { isInstalled } from './install-ansible.ts'

export interface Ansible {
  /** Full path of ansible-playbook. */
  readonly playbook: string
}

export interface AnsiblePorts {
  readonly exec: Exec
  readonly files: Files
  readonly machine: Machine
}

/** The ansible-playbook to use: LOCKSTEP_ANSIBLE names a directory of programs, else that of PATH if it is new enough,
 *  else the one in our own environment. Null when there is none.
 *  @param lists where the lists of packages are */
export const findAnsible = async (ports: AnsiblePorts, lists: string): Promise<Ansible | null> => {
  const named = ports.machine.environment['LOCKSTEP_ANSIBLE']
  if (named !== undefined) return { playbook: `${named}/ansible-playbook` }
  const found = await ports.exec.find('ansible-playbook')
  if (found !== null && (await isNewEnough(ports, found))) return { playbook: found }
  const venv = ansibleVenv(ports.machine)
  return (await isInstalled(ports, lists)) ? { playbook: `${venv}/bin/ansible-playbook` } : null
}

/** Asking takes Ansible a third of a second, so the answer is kept until the program changes. */
const isNewEnough = async (ports: AnsiblePorts, program: string): Promise<boolean> => {
  const facts = await ports.files.stat(program)
  const known = `${program} ${facts?.modifiedAt ?? 0} ${facts?.size ?? 0}\n`
  const memory = `${cacheDirectory(ports.machine)}/ansible`
  if ((await remembered(ports, memory)) === known) return true
  const { status, stdout } = await ports.exec.run(program, ['--version'], {
    env: { ...ports.machine.environment, LC_ALL: utf8Locale(ports.machine.platform) },
  })
  if (status !== 0 || !isAtLeast(new TextDecoder().decode(stdout), oldestAnsible)) return false
  await remember(ports, memory, known)
  return true
}

const remembered = async ({ files }: AnsiblePorts, path: string): Promise<string | null> => {
  try {
    const bytes = await files.read(path, { private: true, max: 65_536 })
    return bytes === null ? null : new TextDecoder().decode(bytes)
  } catch (error) {
    if (hasCode(error, 'UNSAFE', 'UNAVAILABLE', 'DENIED')) return null
    throw error
  }
}

/** A home that cannot be written to only makes us slower. */
const remember = async ({ files }: AnsiblePorts, path: string, text: string): Promise<void> => {
  try {
    await files.makeDirectory(path.slice(0, path.lastIndexOf('/')))
    await files.write(path, new TextEncoder().encode(text))
  } catch (error) {
    if (!hasCode(error, 'UNSAFE', 'UNAVAILABLE', 'DENIED', 'NOT_FOUND')) throw error
  }
}
