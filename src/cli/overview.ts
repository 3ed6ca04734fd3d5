import { findRoot, manifestName } from '../app/project/project.ts'
import type { Ports } from '../core/ports.ts'
import { table } from './table.ts'

const outside = [
  ['lockstep init', 'start a project here; adopts an inventory and .env files, overwrites nothing'],
  ['lockstep init --template callableapis', 'start from a complete example'],
] as const

const inside = [
  ['lockstep list', 'the secrets, their ages and what is overdue'],
  ['lockstep status', 'what runs on the fleet'],
  ['lockstep doctor', 'whether everything needed is there'],
] as const

/** The answer to `lockstep` alone: what this is, where you are, what to type next.
 *  @throws UNSAFE for a project that somebody else could have written */
export const overview = async (ports: Pick<Ports, 'files' | 'machine'>): Promise<{ text: string; json: object }> => {
  const root = await findRoot(ports)
  const next = root === null ? outside : inside
  const where = root === null ? `no project here or above ${ports.machine.cwd}` : `project ${root}/${manifestName}`
  const lines = table([...next, ['lockstep --help', 'all commands']])
  return {
    text: `lockstep keeps the secrets of a small fleet: encrypted in the project, each host gets only its own

${where}

${lines.replace(/^/gm, '  ').trimEnd()}`,
    json: { project: root, next: next.map(([line]) => line) },
  }
}
