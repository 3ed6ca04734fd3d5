import type { Ports } from '../../core/ports.ts'
import { randomId } from '../../crypto/derive.ts'
import type { Project } from '../project/project.ts'

/** In memory where the system has such a place, else in the project's own state directory, which git ignores. */
const inMemory = '/dev/shm'

const prefix = 'lockstep-drill-'

/** Runs `work` with an empty directory that only we can enter, and removes it with all that is in it. What a killed run
 *  of ours left there goes first. */
export const inScratchPlace = async <T>(
  ports: Pick<Ports, 'files' | 'machine' | 'random'>,
  project: Pick<Project, 'paths'>,
  work: (directory: string) => Promise<T>,
): Promise<T> => {
  const { files, machine } = ports
  const parent = (await files.stat(inMemory))?.kind === 'directory' ? inMemory : project.paths.state
  await sweep(ports, parent)
  const directory = `${parent}/${prefix}${machine.pid}-${randomId(ports.random)}`
  try {
    await files.makeDirectory(directory, { mode: 0o700 })
    return await work(directory)
  } finally {
    await removeTree(ports, directory)
  }
}

const sweep = async ({ files, machine }: Pick<Ports, 'files' | 'machine'>, parent: string): Promise<void> => {
  for (const name of (await files.list(parent)) ?? []) {
    const pid = new RegExp(`^${prefix}(\\d{1,10})-[0-9a-f]{32}$`).exec(name)?.[1]
    const path = `${parent}/${name}`
    if (pid === undefined || machine.isAlive(Number(pid))) continue
    const facts = await files.stat(path)
    if (facts?.kind === 'directory' && facts.uid === machine.uid) await removeTree({ files }, path)
  }
}

const removeTree = async ({ files }: Pick<Ports, 'files'>, path: string): Promise<void> => {
  if ((await files.stat(path))?.kind === 'directory') {
    for (const name of (await files.list(path)) ?? []) await removeTree({ files }, `${path}/${name}`)
  }
  await files.remove(path)
}
