import type { Adoption } from '../../core/containers/compose-adoption.ts'
import { adoptionOf } from '../../core/containers/compose-adoption.ts'
import { readComposeServices } from '../../core/containers/compose-services.ts'
import { fail } from '../../core/errors.ts'
import { addContainer } from '../../core/manifest/manifest-edit.ts'
import type { Metadata } from '../../core/secrets/metadata.ts'
import { parseGroupPath } from '../../core/secrets/metadata.ts'
import { quoteName } from '../../core/names.ts'
import { changeProject } from './change-project.ts'
import type { ChangePorts } from './change-project.ts'
import type { OpenProject } from './open-project.ts'

export interface AdoptComposeOptions {
  /** Path of the same file on the hosts; undefined: the path given. */
  readonly onHosts?: string | undefined
  /** Ansible pattern. */
  readonly hosts: string
  /** Only these; none named: every service that asks for a secret of the project. */
  readonly services: readonly string[]
  /** What they get; none named: the groups of the variables that each one has. */
  readonly groups: readonly string[]
  /** Write the manifest. */
  readonly write: boolean
}

export interface AdoptedCompose {
  readonly adopted: readonly Adoption[]
  /** Services that ask for nothing we have. */
  readonly passedOver: readonly string[]
  /** Files written, from the project's root. */
  readonly files: readonly string[]
}

/** Says how the services of a compose file would get their secrets, and writes that into the manifest when asked to.
 *  @throws NOT_FOUND; CONFIG for no compose file; USAGE for a service or path that does not fit; CONFLICT */
export const adoptCompose = async (
  ports: ChangePorts,
  open: OpenProject,
  path: string,
  options: AdoptComposeOptions,
): Promise<AdoptedCompose> => {
  const text = await ports.files.read(path, { max: 1024 * 1024 })
  if (text === null) {
    throw fail('NOT_FOUND', 'no such file', { at: path, hint: 'the path of your compose file, from where you are' })
  }
  const services = readComposeServices(new TextDecoder().decode(text), path)
  const unknown = options.services.find((name) => services.every((one) => one.name !== name))
  if (unknown !== undefined) {
    const names = services.map((one) => one.name).join(', ')
    throw fail('USAGE', `no service ${quoteName(unknown)} in it`, { at: path, hint: `services: ${names || 'none'}` })
  }
  const input = {
    project: open.project.manifest.project,
    environment: open.project.environment,
    directory: open.project.manifest.directory,
    file: fileOnHosts(path, options.onHosts),
    hosts: options.hosts,
    groupOf: groupsByName(await open.metadata()),
    groups: options.groups.length === 0 ? null : options.groups,
  }
  const asked = services.filter((one) => options.services.length === 0 || options.services.includes(one.name))
  const adopted = asked.flatMap((one) => adoptionOf(one, input) ?? [])
  const names = adopted.map((one) => one.service)
  const passedOver = services.map((one) => one.name).filter((name) => !names.includes(name))
  if (!options.write || adopted.length === 0) return { adopted, passedOver, files: [] }
  const manifest = (before: string): string =>
    adopted.reduce((edited, one) => addContainer(edited, one.container, one.settings), before)
  return { adopted, passedOver, files: (await changeProject(ports, open, { manifest })).files }
}

const fileOnHosts = (path: string, onHosts: string | undefined): string => {
  const file = onHosts ?? path
  if (file.startsWith('/')) return file
  throw fail('USAGE', 'where is this file on the hosts?', { at: path, hint: '--on-hosts /srv/shop/compose.yaml' })
}

const groupsByName = (metadata: Metadata): ReadonlyMap<string, string> =>
  new Map(
    Array.from(metadata.files).flatMap(([file, records]) => {
      const group = parseGroupPath(file)?.group
      const present = Array.from(records).filter(([, record]) => record.fingerprint !== null)
      return group === undefined ? [] : present.map(([name]): [string, string] => [name, group])
    }),
  )
