import { fail } from '../../core/errors.ts'
import { pythonVersion } from '../../core/schedule/script-starter.ts'
import type { SafePorts } from './reach.ts'
import { reach } from './reach.ts'
import { checkOnlyRootWrites } from './safe-clone.ts'

/** Root's, whom jobs are of. */
const home = '/root'

/** What a Python loads modules from. It is asked where that is once nobody but root can have changed what it loads to say
 *  so. @throws UNSAFE; UNAVAILABLE where it does not say */
export const checkPythonModules = async (
  ports: SafePorts,
  { program, real }: { readonly program: string; readonly real: string },
  path: string,
): Promise<void> => {
  const checked: string[] = []
  const check = async (place: string): Promise<void> => {
    const { real: there, facts } = await reach(ports, place)
    if (facts === null || checked.some((one) => there === one || there.startsWith(`${one}/`))) return
    if (facts.kind === 'directory') await checkOnlyRootWrites(ports, there)
    checked.push(there)
  }
  for (const place of await usualPlaces(ports, real)) await check(place)
  for (const place of await saidPlaces(ports, program, path)) await check(place)
}

/** `lib/python3` is Debian's, for all versions. */
const usualPlaces = async ({ files }: SafePorts, real: string): Promise<readonly string[]> => {
  const prefix = real.slice(0, Math.max(real.lastIndexOf('/bin/'), 0))
  const version = pythonVersion(real) ?? ''
  const folders = [`${prefix}/lib`, `${prefix}/lib64`, ...(prefix === '/usr' ? ['/usr/local/lib'] : [])]
  const found = await Promise.all(
    [...folders, `${home}/.local/lib`].map(async (folder) =>
      ((await files.list(folder)) ?? [])
        .filter((name) => /^python\d[\d.]*$/.test(name) && (version === '' || version.startsWith(name.slice(6))))
        .map((name) => `${folder}/${name}`),
    ),
  )
  return found.flat()
}

/** Without the working directory, the environment and root's home (-I). */
const saidPlaces = async ({ exec }: SafePorts, program: string, path: string): Promise<readonly string[]> => {
  const env = { PATH: path, HOME: home }
  const { status, stdout } = await exec.run(program, ['-I', '-c', askPlaces], { env, cwd: '/', timeout: 30_000 })
  if (status === 0)
    return new TextDecoder()
      .decode(stdout)
      .split('\0')
      .filter((place) => place.startsWith('/'))
  throw fail('UNAVAILABLE', 'where this Python has its modules could not be found out', {
    at: program,
    hint: `try it: env -i PATH=${path} ${program} -I -c 'import sys; print(sys.path)'`,
  })
}

const askPlaces = [
  'import importlib.util, sys',
  'found = importlib.util.find_spec("ansible")',
  'sys.stdout.write("\\0".join(sys.path + list(found.submodule_search_locations or []) if found else sys.path))',
].join('\n')
