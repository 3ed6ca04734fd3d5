import type { Drill, ListedBackup } from '../../core/backup/backup-list.ts'
import { newestOf } from '../../core/backup/backup-list.ts'
import { isoTime } from '../../core/duration.ts'
import { fail } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import { fingerprintsOf } from '../secrets/group-file.ts'
import { openProject, type OpenProject } from '../project/open-project.ts'
import type { PasswordPorts } from '../project/project-password.ts'
import { keyringOf } from './backup-keyring.ts'
import { backupsFolder, changeList, readArchive, readList } from './backup-store.ts'
import type { RecoveryKey } from './find-key.ts'
import { inScratchPlace } from './scratch-place.ts'
import { restoreBackup, type Opener } from './restore.ts'

export interface Drilled extends Drill {
  readonly made: string
  /** Opened with the recovery identity, not with what the project has. */
  readonly withRecovery: boolean
  /** Secrets that were decrypted in the scratch place. */
  readonly secrets: number
  /** Names that have the same value here, and of those that have not: changed since, or only on one side. */
  readonly same: number
  readonly differing: readonly string[]
}

/** Restores a backup into a private place, decrypts everything there with the restored password, and compares it with
 *  what is here, by fingerprint. The place is removed whatever happens.
 *  @throws NOT_FOUND without a backup; as restoreBackup */
export const drillBackup = async (
  ports: PasswordPorts & Pick<Ports, 'clock' | 'random'>,
  open: OpenProject,
  { key, name }: { readonly key: RecoveryKey | null; readonly name: string | null },
): Promise<Drilled> => {
  const { project } = open
  const keyring = keyringOf(await open.keys())
  const listed = chosen((await readList(ports, project, keyring)).backups, name)
  const bytes = await readArchive(ports, project, listed.name)
  const archive = `${backupsFolder}/${listed.name}`
  if (bytes === null)
    throw fail('NOT_FOUND', 'this backup is not there', { at: archive, hint: 'lockstep backup-verify' })
  const started = ports.clock.now()
  const compared = await inScratchPlace(ports, project, async (directory) => {
    const opener: Opener = key === null ? { by: 'project', open } : { by: 'identity', key }
    const options = { archive, bytes, opener, directory, brought: [], check: false, overNewer: false }
    // its own home: what is noted of a project is not noted of the scratch place
    const own = { ...ports, machine: atHome(ports.machine, `${directory}/.lockstep`) }
    const { passwordFile, secrets } = await restoreBackup(own, options)
    return { secrets, ...(await compare(own, open, directory, passwordFile)) }
  })
  const ended = ports.clock.now()
  const drill = { at: isoTime(ended), name: listed.name, milliseconds: ended - started }
  await changeList(ports, project, keyring, (list) => ({ list: { ...list, drill } }))
  return { ...drill, ...compared, made: listed.made, withRecovery: key !== null }
}

const atHome = (machine: Ports['machine'], home: string): Ports['machine'] => ({
  platform: machine.platform,
  hostname: machine.hostname,
  uid: machine.uid,
  user: machine.user,
  pid: machine.pid,
  parent: machine.parent,
  home,
  cwd: machine.cwd,
  environment: { ...machine.environment, XDG_CACHE_HOME: undefined, XDG_STATE_HOME: undefined },
  isAlive: (pid) => machine.isAlive(pid),
})

const chosen = (backups: readonly ListedBackup[], name: string | null): ListedBackup => {
  const found =
    name === null
      ? newestOf({ format: 1, project: '', environment: '', backups, last: null, drill: null, damage: [] })
      : backups.find((one) => one.name === name.replace(/^.*\//, ''))
  if (found !== undefined && found !== null) return found
  throw fail('NOT_FOUND', name === null ? 'there is no backup yet' : 'no backup of this name', {
    hint: name === null ? 'lockstep backup' : 'lockstep backup list',
  })
}

const compare = async (
  ports: PasswordPorts,
  open: OpenProject,
  directory: string,
  passwordFile: string,
): Promise<Pick<Drilled, 'same' | 'differing'>> => {
  const { readProject } = await import('../project/project.ts')
  const { passwordFromFile } = await import('../../core/secrets/password.ts')
  const restored = await readProject(ports, directory, open.project.environment)
  const bytes = await ports.files.read(`${directory}/${passwordFile}`, { private: true })
  const password = passwordFromFile(bytes ?? new Uint8Array(), { at: passwordFile })
  const there = openProject(ports, restored, password)
  const { fingerprint } = await open.keys()
  const [old, live] = await Promise.all(
    [there, open].map(async (one) => {
      const files = await one.readAll()
      return new Map(
        files.flatMap((file) =>
          Array.from(fingerprintsOf(file, fingerprint), ([name, print]) => [`${name} in ${file.path}`, print]),
        ),
      )
    }),
  )
  const names = [...new Set([...(old?.keys() ?? []), ...(live?.keys() ?? [])])].sort()
  const differing = names.filter((name) => old?.get(name) !== live?.get(name))
  return { same: names.length - differing.length, differing }
}
