import { ansibleVenv } from '../core/ansible-venv.ts'
import { fail } from '../core/errors.ts'
import type { Exec, Files, Machine } from '../core/ports.ts'

export interface Ansible {
  /** Full path of ansible-playbook. */
  readonly playbook: string
}

/** The ansible-playbook to use: LOCKSTEP_ANSIBLE names a directory of programs, else PATH, else the one that
 *  `lockstep doctor --install-ansible` put into our own venv.
 *  @throws CONFIG when there is none */
export const findAnsible = async (ports: {
  readonly exec: Exec
  readonly files: Files
  readonly machine: Machine
}): Promise<Ansible> => {
  const named = ports.machine.environment['LOCKSTEP_ANSIBLE']
  if (named !== undefined) return { playbook: `${named}/ansible-playbook` }
  const found = await ports.exec.find('ansible-playbook')
  if (found !== null) return { playbook: found }
  const own = `${ansibleVenv(ports.machine)}/bin/ansible-playbook`
  if ((await ports.files.stat(own)) !== null) return { playbook: own }
  throw fail('CONFIG', 'ansible-playbook is not installed', { hint: 'lockstep doctor --install-ansible' })
}
