import { ansibleVenv } from '../core/ansible-venv.ts'
import { fail } from '../core/errors.ts'
import type { Ports } from '../core/ports.ts'

type InstallPorts = Pick<Ports, 'exec' | 'files' | 'machine' | 'assets'>

const patience = 600_000

/** Installs ansible-core into an environment of its own, every package by its hash. Gives where it is.
 *  @throws NOT_FOUND without Python; UNAVAILABLE when it cannot be installed */
export const installAnsible = async (ports: InstallPorts): Promise<string> => {
  const { exec, files, machine } = ports
  const folder = await ports.assets.folder('ansible')
  if (folder === null) {
    throw fail('NOT_FOUND', 'the list of packages does not come with this program', {
      hint: 'install ansible-core 2.14 or newer with the package manager of this machine',
    })
  }
  if ((await exec.find('python3')) === null) {
    throw fail('NOT_FOUND', 'there is no python3 here', { hint: 'install Python 3.10 or newer, with its venv module' })
  }
  const venv = ansibleVenv(machine)
  await files.makeDirectory(venv.slice(0, venv.lastIndexOf('/')))
  await step(ports, 'make a Python environment', 'python3', ['-m', 'venv', venv])
  const lock = `${folder}/requirements.lock`
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--require-hashes', '-r', lock]
  await step(ports, 'install ansible-core', `${venv}/bin/python`, pip)
  return venv
}

const step = async ({ exec }: InstallPorts, what: string, command: string, args: readonly string[]): Promise<void> => {
  const { status, stderr } = await exec.run(command, args, { timeout: patience })
  if (status === 0) return
  const last = stderr.trim().split('\n').at(-1) ?? ''
  throw fail('UNAVAILABLE', `could not ${what}: ${last.slice(0, 300)}`, {
    hint: 'the package python3-venv may be missing; or install ansible-core with the package manager',
  })
}
