import type { MendPlan } from '../../core/backup/mend-plan.ts'
import type { FileChange, Ports } from '../../core/ports.ts'
import { sha256 } from '../../crypto/derive.ts'
import type { OpenProject } from '../project/open-project.ts'
import type { Project } from '../project/project.ts'
import type { Keyring } from './backup-keyring.ts'
import { backupsFolder, changeList, readArchive } from './backup-store.ts'
import { dropCopies, putCopy } from './host-copies.ts'
import type { VerifiedHere } from './verify-here.ts'
import { newestNoteHere, verifyCopies, type Fetched, type VerifiedCopies } from './verify-hosts.ts'
import { visitHosts, type VisitOptions, type Visited } from './visit-hosts.ts'

/** Writes here what a host, or a file of another name here, has of it, and takes out what nobody has: one change. */
export const mendHere = async (
  ports: Pick<Ports, 'files'>,
  project: Project,
  keyring: Keyring,
  { plan, here, fetched }: { readonly plan: MendPlan; readonly here: VerifiedHere; readonly fetched: Fetched },
): Promise<void> => {
  const own = plan.steps.filter(({ host }) => host === null)
  const dropped = plan.steps.filter(({ how }) => how === 'dropped').map(({ name }) => name)
  const written: FileChange[] = []
  for (const { name } of own.filter(({ how }) => how === 'written')) {
    const bytes = fetched.get(name)?.bytes ?? (await foundHere(ports, project, here, name))
    if (bytes !== null) written.push({ path: `${backupsFolder}/${name}`, bytes })
  }
  if (written.length === 0 && dropped.length === 0) return
  await changeList(ports, project, keyring, (list) => {
    const isListed = (name: string): boolean => list.backups.some((one) => one.name === name)
    return {
      list: { ...list, backups: list.backups.filter(({ name }) => !dropped.includes(name)) },
      files: [
        ...written.filter(({ path }) => isListed(path.slice(backupsFolder.length + 1))),
        ...dropped.filter((name) => here.digests.has(name)).map((name) => gone(name)),
        ...misnamed(
          here,
          own.map(({ name }) => name),
        ).map((name) => gone(name)),
      ],
    }
  })
}

const gone = (name: string): FileChange => ({ path: `${backupsFolder}/${name}`, bytes: null })

/** Its bytes, under its own name or, as somebody renamed or swapped it, another. */
const foundHere = async (
  ports: Pick<Ports, 'files'>,
  project: Project,
  { list, digests }: VerifiedHere,
  name: string,
): Promise<Uint8Array | null> => {
  const wanted = list.backups.find((one) => one.name === name)?.digest
  const [there] = [...digests].find(([, digest]) => digest === wanted) ?? []
  const bytes = there === undefined ? null : await readArchive(ports, project, there)
  return bytes !== null && sha256(bytes) === wanted ? bytes : null
}

/** Files of names that nobody gave, which hold what was written back under its own. */
const misnamed = ({ list, digests }: VerifiedHere, names: readonly string[]): readonly string[] => {
  const back = new Set(list.backups.filter(({ name }) => names.includes(name)).map(({ digest }) => digest))
  const isListed = (name: string): boolean => list.backups.some((one) => one.name === name)
  return [...digests].filter(([name, digest]) => !isListed(name) && back.has(digest)).map(([name]) => name)
}

/** Puts whole copies in the place of those that are not, and looks again. Nothing where no host is to be mended. */
export const mendHosts = async (
  ports: Ports,
  open: OpenProject,
  { plan, here, keyring }: { readonly plan: MendPlan; readonly here: VerifiedHere; readonly keyring: Keyring },
  options: Pick<VisitOptions, 'arguments' | 'onHost'>,
): Promise<readonly Visited<VerifiedCopies>[]> => {
  const steps = plan.steps.filter((one) => one.host !== null)
  const hosts = [...new Set(steps.flatMap(({ host }) => host ?? []))]
  const note = newestNoteHere(ports, open.project, here, keyring)
  if (hosts.length === 0) return []
  return visitHosts(ports, open, { ...options, hosts: hosts.join(','), count: 0, also: [] }, async (host) => {
    const own = steps.filter((one) => one.host === host.channel.name)
    for (const { name } of own.filter(({ how }) => how === 'written')) {
      const bytes = await foundHere(ports, open.project, here, name)
      if (bytes !== null) await putCopy(host, { note, archive: { name, bytes } })
    }
    await dropCopies(
      host,
      own.filter(({ how }) => how === 'dropped').map(({ name }) => name),
    )
    return verifyCopies(host, here.list, keyring)
  })
}
