import type { Group } from '../../core/manifest/manifest.ts'
import { checkSecretName } from '../../core/names.ts'
import type { Ports } from '../../core/ports.ts'
import { Secret } from '../../core/secret.ts'
import type { Changed } from '../project/change-project.ts'
import { changeProject } from '../project/change-project.ts'
import { chooseGroup } from './choose-group.ts'
import type { ImportPorts } from './import.ts'
import { importSecrets } from './import.ts'
import { listSecrets } from './list.ts'
import type { OpenProject } from '../project/open-project.ts'
import { openProject } from '../project/open-project.ts'
import type { SecretWrite } from './plan-change.ts'
import { readProject } from '../project/project.ts'
import { declaring } from './set.ts'

export interface CreateOptions {
  /** A file with values, or `-` for standard input. */
  readonly from?: string | undefined
  /** For what has no group yet. */
  readonly group?: string | undefined
}

export interface Created extends Changed {
  /** Names of those that were made up, as the manifest calls them random. */
  readonly generated: readonly string[]
  /** Declared, and still without a value: nobody was there to ask, or nothing was typed. */
  readonly missing: readonly string[]
  readonly warnings: readonly string[]
}

/** Gives every declared secret that has none a value: from the file, made up where it is `with: random`, asked for else.
 *  A project that declares nothing asks for names as well.
 *  @throws CONFLICT when the file has another value than the project; what was typed is written at the end, as one */
export const createSecrets = async (
  ports: ImportPorts,
  before: OpenProject,
  { from, group }: CreateOptions = {},
): Promise<Created> => {
  const { project, password } = before
  const imported = from === undefined ? null : await importSecrets(ports, before, { sources: [from], group })
  const now = imported === null ? project : await readProject(ports, project.root, project.environment)
  const open = openProject(ports, now, password)
  const missing = listSecrets(now.manifest, await open.metadata(), 0).filter(({ state }) => state === 'missing')
  const isRandom = (one: { readonly with: string | null }): boolean => one.with === 'random'
  const generated = missing
    .filter(isRandom)
    .map(({ name, group }) => ({ name, group, value: randomValue(ports, now.manifest.groups, group) }))
  const asked = await askFor(
    ports,
    missing.filter((one) => !isRandom(one)),
  )
  const invented = from === undefined && missing.length === 0 ? await askForNew(ports, open, group) : []
  const writes: readonly SecretWrite[] = [...generated, ...asked, ...invented]
  const changed = await changeProject(ports, open, { writes, ...declaring(now.manifest, invented) })
  const written = new Set(writes.map(({ name }) => name))
  return {
    secrets: [...(imported?.secrets ?? []), ...changed.secrets],
    files: [...new Set([...(imported?.files ?? []), ...changed.files])],
    generated: generated.map(({ name }) => name),
    missing: missing.map(({ name }) => name).filter((name) => !written.has(name)),
    warnings: imported?.warnings ?? [],
  }
}

const randomValue = ({ random }: Pick<Ports, 'random'>, groups: readonly Group[], name: string): Secret => {
  const count = groups.find((group) => group.name === name)?.rotate?.bytes ?? 32
  return new Secret(Buffer.from(random.bytes(count)).toString('base64url'))
}

const askFor = async (
  { terminal }: Pick<Ports, 'terminal'>,
  missing: readonly { readonly name: string; readonly group: string }[],
): Promise<readonly SecretWrite[]> => {
  const writes: SecretWrite[] = []
  if (!terminal.isInteractive) return writes
  for (const { name, group } of missing) {
    const typed = await terminal.askHidden(`${name} (group ${group}; not shown, Enter leaves it out): `)
    if (typed !== '') writes.push({ name, group, value: new Secret(typed) })
  }
  return writes
}

/** For a project in which nothing is declared and nothing is there yet. */
const askForNew = async (
  { terminal }: Pick<Ports, 'terminal'>,
  open: OpenProject,
  group: string | undefined,
): Promise<readonly SecretWrite[]> => {
  const metadata = await open.metadata()
  const writes: SecretWrite[] = []
  if (!terminal.isInteractive || metadata.files.size > 0) return writes
  for (;;) {
    const name = (await terminal.ask('name of a secret (Enter ends): ')).trim()
    if (name === '') return writes
    const place = chooseGroup(open.project.manifest, metadata, checkSecretName(name), group)
    const typed = await terminal.askHidden(`${name} (not shown; Enter leaves it out): `)
    if (typed !== '') writes.push({ name, group: place, value: new Secret(typed) })
  }
}
