import type { SafePorts } from './reach.ts'
import { reach } from './reach.ts'
import { checkOnlyRootWrites } from './safe-clone.ts'

/** The program that a job finds by this name, and each directory that it looks into before: nobody but root puts another
 *  there. Where there is none, nothing of that name can come.
 *  @throws UNSAFE */
export const checkOnPath = async (ports: SafePorts, name: string, path: string): Promise<void> => {
  for (const folder of path.split(':')) {
    const { facts } = await reach(ports, folder)
    if (facts === null || (await ports.files.stat(`${folder}/${name}`)) === null) continue
    const found = await reach(ports, `${folder}/${name}`)
    if (found.facts !== null) return checkProgram(ports, found.real, path)
  }
}

/** A script is what its first line starts; a program of a Python environment is all that is there. */
export const checkProgram = async (ports: SafePorts, real: string, path: string): Promise<void> => {
  await reach(ports, real)
  const [starter = null, name = null] = await starterOf(ports, real)
  if (starter !== null) await reach(ports, starter)
  if (starter?.endsWith('/env') === true && name !== null) await checkOnPath(ports, name, path)
  for (const program of starter === null ? [real] : [real, starter]) {
    const around = program.slice(0, Math.max(program.lastIndexOf('/bin/'), 0))
    if (around !== '' && (await ports.files.stat(`${around}/pyvenv.cfg`)) !== null) {
      await checkOnlyRootWrites(ports, around)
    }
  }
}

/** `/usr/bin/env`, `python3` of `#!/usr/bin/env python3`. */
const starterOf = async ({ files }: SafePorts, program: string): Promise<readonly string[]> => {
  const facts = await files.stat(program)
  // what is longer is no script that anybody wrote
  if (facts === null || facts.kind !== 'file' || facts.size > longestScript) return []
  const bytes = await files.read(program, { max: longestScript })
  const line = new TextDecoder().decode(bytes?.subarray(0, 256) ?? new Uint8Array())
  return (
    /^#![ \t]*(\/[^\n]*)/
      .exec(line)?.[1]
      ?.trim()
      .split(/[ \t]+/) ?? []
  )
}

const longestScript = 1024 * 1024
