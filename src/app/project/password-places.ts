import { pathFrom } from '../../core/absolute-path.ts'
import type { Ports } from '../../core/ports.ts'
import type { Project } from './project.ts'

/** Where a new project password has to be put. */
export interface PasswordPlaces {
  /** Files below the project's root that hold it, from the root. */
  readonly files: readonly string[]
  /** What else gives it and is not ours to write; null: nothing. */
  readonly elsewhere: string | null
}

/** Looks where projectPassword (project-password.ts) would look. */
export const passwordPlaces = async (
  ports: Pick<Ports, 'files' | 'machine'>,
  project: Project,
): Promise<PasswordPlaces> => {
  const { manifest, paths, root } = project
  const { environment, cwd, home } = ports.machine
  const named = environment['LOCKSTEP_PASSWORD_FILE']
  const declared = manifest.password?.kind === 'file' ? manifest.password.path : null
  const wanted = new Set([paths.password])
  if (declared !== null)
    wanted.add(declared.startsWith('~/') ? `${home}${declared.slice(1)}` : pathFrom(root, declared))
  if (named !== undefined) wanted.add(pathFrom(cwd, named))
  const files: string[] = []
  let elsewhere = manifest.password === null || declared !== null ? null : 'password: in lockstep.yaml'
  for (const path of wanted) {
    const kind = (await ports.files.stat(path))?.kind ?? null
    if (kind === 'file' && path.startsWith(`${root}/`)) files.push(path.slice(root.length + 1))
    else if (kind !== null) elsewhere = path
  }
  return { files, elsewhere }
}
