import { fail, hasCode } from '../../core/errors.ts'
import { pathWord } from '../../core/host-text.ts'
import type { Names } from '../../core/log/entry.ts'
import { defaultEnvironment } from '../../core/manifest/environment.ts'
import { passwordFromFile } from '../../core/secrets/password.ts'
import { accessLog } from '../log/access-log.ts'
import { openProject, type OpenProject } from '../project/open-project.ts'
import { withProject, type Intended, type OpenPorts } from '../project/with-project.ts'
import { findRoot, readProject, type Project } from '../project/project.ts'
import type { RecoveryKey } from './find-key.ts'
import { restoreBackup, type Restored, type RestoreOptions } from './restore.ts'

export interface RestoreRequest extends Omit<RestoreOptions, 'opener'> {
  /** Null: what the project in the working directory opens it with. */
  readonly key: RecoveryKey | null
  /** Of that project. */
  readonly environment: string | undefined
}

/** As restoreBackup. What a project opens is in its own access log before anything is written, and in that of the
 *  restored project after; where only the recovery identity opens it, there is no other log than that one.
 *  @throws USAGE where neither is there; UNAVAILABLE, DENIED, UNSAFE where the project's log cannot be written */
export const restoreAndTell = (ports: OpenPorts, request: RestoreRequest): Promise<Restored> =>
  request.key === null ? restoreHere(ports, request) : restoreAnywhere(ports, request, request.key)

const restoreAnywhere = async (ports: OpenPorts, request: RestoreRequest, key: RecoveryKey): Promise<Restored> => {
  const done = await restoreBackup(ports, { ...request, opener: { by: 'identity', key } })
  if (!request.check) await tellThere(ports, request, done)
  return done
}

const restoreHere = async (ports: OpenPorts, request: RestoreRequest): Promise<Restored> => {
  const { environment = defaultEnvironment, archive, check } = request
  const project = await projectHere(ports, environment)
  if (project === null) throw whatOpens(archive)
  const intended: Intended<Restored> = {
    action: check ? 'look' : 'change',
    keepsSecrets: true,
    names: released(archive),
    found: ({ names }) => ({ names }),
  }
  const done = await opening(archive, (opened) =>
    withProject(ports, project, intended, (open) => {
      opened()
      return restoreBackup(ports, { ...request, opener: { by: 'project', open } })
    }),
  )
  const isThere = done.directory === project.root && done.contents.environment === project.environment
  if (!check && !isThere) await tellThere(ports, request, done)
  return done
}

/** A project that has lost its password or its key opens nothing: that is what the recovery identity is for. */
const opening = async <T>(archive: string, work: (opened: () => void) => Promise<T>): Promise<T> => {
  let isOpen = false
  try {
    return await work(() => (isOpen = true))
  } catch (error) {
    if (!isOpen && hasCode(error, 'NOT_FOUND')) throw whatOpens(archive)
    throw error
  }
}

const projectHere = async (ports: OpenPorts, environment: string): Promise<Project | null> => {
  const root = await findRoot(ports)
  return root === null ? null : readProject(ports, root, environment)
}

const tellThere = async (
  ports: OpenPorts,
  { archive }: RestoreRequest,
  { directory, passwordFile, contents, names }: Restored,
): Promise<void> => {
  const project = await readProject(ports, directory, contents.environment)
  const open = await restoredProject(ports, project, passwordFile)
  const log = accessLog(ports, project, { operator: null, keys: () => open.keys() })
  await log.tell({ action: 'change', names: { ...names, ...released(archive) }, result: 'done' })
}

const restoredProject = async (ports: OpenPorts, project: Project, passwordFile: string): Promise<OpenProject> => {
  const bytes = await ports.files.read(`${project.root}/${passwordFile}`, { private: true })
  return openProject(ports, project, passwordFromFile(bytes ?? new Uint8Array(), { at: passwordFile }))
}

const released = (archive: string): Names => ({ files: [archive], password: true })

const whatOpens = (archive: string): Error =>
  fail('USAGE', 'what opens this backup?', {
    at: archive,
    hint: `lockstep restore ${pathWord(archive)} --identity FILE, or --share FILE for each share`,
  })
