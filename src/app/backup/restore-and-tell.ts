import { passwordFromFile } from '../../core/secrets/password.ts'
import { accessLog } from '../log/access-log.ts'
import { openProject, type OpenPorts } from '../project/open-project.ts'
import { readProject } from '../project/project.ts'
import { restoreBackup, type Restored, type RestoreOptions } from './restore.ts'

/** As restoreBackup; the access log of the restored project says that it was: there is no other that could. */
export const restoreAndTell = async (ports: OpenPorts, options: RestoreOptions): Promise<Restored> => {
  const done = await restoreBackup(ports, options)
  if (options.check) return done
  const { directory, passwordFile, contents } = done
  const project = await readProject(ports, directory, contents.environment)
  const bytes = await ports.files.read(`${directory}/${passwordFile}`, { private: true })
  const password = passwordFromFile(bytes ?? new Uint8Array(), { at: passwordFile })
  const open = openProject(ports, project, password)
  const log = accessLog(ports, project, { operator: null, keys: () => open.keys() })
  await log.tell({ action: 'change', names: { files: [options.archive], password: true }, result: 'done' })
  return done
}
