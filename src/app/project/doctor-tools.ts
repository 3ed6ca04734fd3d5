import { ansibleVenv } from '../../core/own-directories.ts'
import type { Check } from '../../core/health.ts'
import { good, isAtLeast, noted, oldestAnsible, utf8Locale, wrong } from '../../core/health.ts'
import type { Ports } from '../../core/ports.ts'

type ToolPorts = Pick<Ports, 'files' | 'exec' | 'machine'>

/** The programs of this machine that we call. */
export const checkTools = async (ports: ToolPorts): Promise<readonly Check[]> => {
  const checks = await Promise.all([checkAnsible(ports), checkSsh(ports), checkDocker(ports), checkEditing(ports)])
  return checks
}

const checkAnsible = async (ports: ToolPorts): Promise<Check> => {
  const { LOCKSTEP_ANSIBLE } = ports.machine.environment
  const own = `${ansibleVenv(ports.machine)}/bin/ansible-playbook`
  const found = await ports.exec.find('ansible-playbook')
  const places =
    LOCKSTEP_ANSIBLE === undefined
      ? [...(found === null ? [] : [found]), ...((await ports.files.stat(own)) === null ? [] : [own])]
      : [`${LOCKSTEP_ANSIBLE}/ansible-playbook`]
  const checks = await Promise.all(places.map((program) => checkAnsibleAt(ports, program)))
  return checks.find(({ state }) => state === 'ok') ?? checks[0] ?? wrong('ansible', 'not installed', install)
}

const install = 'lockstep doctor --install-ansible'

const checkAnsibleAt = async (ports: ToolPorts, program: string): Promise<Check> => {
  const version = await firstLine(ports, program, ['--version'])
  if (version === null) return wrong('ansible', `${program} does not run`, install)
  if (isAtLeast(version, oldestAnsible)) return good('ansible', `${version} (${program})`)
  return wrong('ansible', `${version} is too old (${program}); ${oldestAnsible.join('.')} is needed`, install)
}

const checkSsh = async ({ exec }: ToolPorts): Promise<Check> =>
  (await exec.find('ssh')) === null ? wrong('ssh', 'not installed', 'install an OpenSSH client') : good('ssh', 'there')

const checkDocker = async (ports: ToolPorts): Promise<Check> => {
  for (const name of ['docker', 'podman']) {
    const version = await firstLine(ports, name, ['--version'])
    if (version !== null) return good('containers', `${version}; only needed where this machine is a host`)
  }
  return noted('containers', 'neither docker nor podman here; hosts need one, this machine does not')
}

const checkEditing = async ({ files, machine }: ToolPorts): Promise<Check> => {
  const { VISUAL, EDITOR } = machine.environment
  const editor = VISUAL || EDITOR || 'vi'
  if (machine.platform === 'linux' && (await files.stat('/dev/shm'))?.kind === 'directory') {
    return good('editor', `${editor}, in memory (/dev/shm)`)
  }
  return noted('editor', `${editor}, in a private directory on disk: there is none in memory here`)
}

/** Null when the program is not there or fails. */
const firstLine = async (
  { exec, machine }: ToolPorts,
  program: string,
  args: readonly string[],
): Promise<string | null> => {
  if ((await exec.find(program)) === null) return null
  const env = { ...machine.environment, LC_ALL: utf8Locale(machine.platform) }
  const { status, stdout } = await exec.run(program, args, { timeout: 20_000, env })
  return status === 0 ? (new TextDecoder().decode(stdout).split('\n')[0]?.trim() ?? '') : null
}
