import type { Ports } from '../core/ports.ts'

/** The answer to `lockstep` alone: what this is, where you are, what to type next. */
export const overview = async (ports: Pick<Ports, 'files' | 'machine'>): Promise<{ text: string; json: object }> => {
  const found = await projectAbove(ports)
  const next =
    found === null
      ? [
          ['lockstep init', 'start a project here; adopts an inventory and .env files, overwrites nothing'],
          ['lockstep init --template callableapis', 'start from a complete example'],
        ]
      : [
          ['lockstep list', 'the secrets, their ages and what is overdue'],
          ['lockstep status', 'what runs on the fleet'],
          ['lockstep doctor', 'whether everything needed is there'],
        ]
  const where = found === null ? `no project here or above ${ports.machine.cwd}` : `project ${found}`
  const lines = next.map(([line, says]) => `  ${(line ?? '').padEnd(38)} ${says}`)
  return {
    text: [
      'lockstep keeps the secrets of a small fleet: encrypted in the project, each host gets only its own',
      '',
      where,
      '',
      ...lines,
      `  ${'lockstep --help'.padEnd(38)} all commands`,
    ].join('\n'),
    json: { project: found, next: next.map(([line]) => line) },
  }
}

/** The nearest lockstep.yaml at or above the working directory, or null. */
const projectAbove = async ({ files, machine }: Pick<Ports, 'files' | 'machine'>): Promise<string | null> => {
  for (let directory = machine.cwd; ; directory = directory.slice(0, directory.lastIndexOf('/'))) {
    const path = `${directory}/lockstep.yaml`
    if ((await files.stat(path))?.kind === 'file') return path
    if (directory === '') return null
  }
}
