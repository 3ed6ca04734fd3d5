import { fail } from '../../core/errors.ts'
import { isShell, pythonVersion, type Starter, starterOf } from '../../core/schedule/script-starter.ts'
import { checkPythonModules } from './python-modules.ts'
import type { SafePorts } from './reach.ts'
import { reach } from './reach.ts'
import { checkOnlyRootWrites } from './safe-clone.ts'

/** The program that a job finds by this name, and each directory that it looks into before: nobody but root puts another
 *  there. Where there is none, nothing of that name can come.
 *  @throws UNSAFE */
export const checkOnPath = async (ports: SafePorts, name: string, path: string, depth = 0): Promise<void> => {
  for (const folder of path.split(':')) {
    const { facts } = await reach(ports, folder)
    if (facts === null || (await ports.files.stat(`${folder}/${name}`)) === null) continue
    const found = await reach(ports, `${folder}/${name}`)
    if (found.facts === null) continue
    const starter = await checkProgram(ports, found.real, path, depth)
    if (name === 'ansible-playbook' && isByShell(starter)) throw wrapped(found.real)
    return
  }
}

const isByShell = (starter: Starter | null): boolean =>
  (starter?.kind === 'program' && isShell(starter.path)) || (starter?.kind === 'named' && isShell(`/${starter.name}`))

/** A script is what its first line starts; a program of a Python environment is all that is there.
 *  @returns what it is started by; null: itself. @throws UNSAFE */
export const checkProgram = async (
  ports: SafePorts,
  program: string,
  path: string,
  depth = 0,
): Promise<Starter | null> => {
  const { real, facts } = await reach(ports, program)
  await checkEnvironment(ports, program)
  if (facts === null) return null
  if (pythonVersion(real) !== null) await checkPythonModules(ports, { program, real }, path)
  const starter = await readStarter(ports, real)
  if (starter === null) return null
  if (starter.kind === 'unclear' || depth > mostStarters) throw unclear(real)
  if (starter.kind === 'program') await checkProgram(ports, starter.path, path, depth + 1)
  else {
    await reach(ports, starter.env)
    await checkOnPath(ports, starter.name, path, depth + 1)
  }
  return starter
}

const checkEnvironment = async (ports: SafePorts, program: string): Promise<void> => {
  const around = program.slice(0, Math.max(program.lastIndexOf('/bin/'), 0))
  if (around !== '' && (await ports.files.stat(`${around}/pyvenv.cfg`)) !== null)
    await checkOnlyRootWrites(ports, around)
}

const readStarter = async ({ files }: SafePorts, program: string): Promise<Starter | null> => {
  const facts = await files.stat(program)
  // what is longer is no script that anybody wrote
  if (facts === null || facts.kind !== 'file' || facts.size > longestScript) return null
  const bytes = await files.read(program, { max: longestScript })
  return starterOf(new TextDecoder().decode(bytes?.subarray(0, longestStart) ?? new Uint8Array()))
}

const longestScript = 1024 * 1024
const longestStart = 8192
/** More than a kernel goes through. */
const mostStarters = 5

const wrapped = (at: string): Error =>
  fail('UNSAFE', 'a script of a shell: what it starts cannot be looked at', {
    at,
    hint: 'link to Ansible’s own program instead: ln -sf /path/to/its/bin/ansible-playbook /usr/local/bin/',
  })

const unclear = (at: string): Error =>
  fail('UNSAFE', 'its first line says more than can be looked at', {
    at,
    hint: 'begin it with the path of its program, or with #!/usr/bin/env and one name',
  })
