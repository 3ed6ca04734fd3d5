import { stringify } from 'yaml'
import type { ComposeService } from './compose-services.ts'
import { composeOverride } from './compose-override.ts'
import type { Container } from '../manifest/manifest-container.ts'

/** One service of a compose file as a container of the manifest. */
export interface Adoption {
  readonly service: string
  /** Name in the manifest. */
  readonly container: string
  /** As it would stand in lockstep.yaml. */
  readonly settings: Readonly<Record<string, string | number | readonly string[]>>
  /** The same as one line of YAML. */
  readonly line: string
  /** Text of the override that a delivery writes, its first generation. */
  readonly override: string
  /** Worth saying before it is done. */
  readonly notes: readonly string[]
}

export interface AdoptionInput {
  readonly project: string
  readonly environment: string
  readonly directory: string
  /** Path of the compose file on the hosts. */
  readonly file: string
  /** Ansible pattern. */
  readonly hosts: string
  /** Groups by the names of their secrets. */
  readonly groupOf: ReadonlyMap<string, string>
  /** Given to every service, where they were asked for; null: what each one's variables name. */
  readonly groups: readonly string[] | null
}

/** How this service would be given its secrets; null when it asks for none that the project has. */
export const adoptionOf = (service: ComposeService, input: AdoptionInput): Adoption | null => {
  const own = service.variables.flatMap((name) => input.groupOf.get(name) ?? [])
  const groups = input.groups ?? [...new Set(own)].toSorted()
  if (groups.length === 0) return null
  const container = manifestName(service.name)
  const receive = service.mount === null ? 'environment' : 'mount'
  const { mount, uid } = service
  const settings = {
    hosts: input.hosts,
    groups,
    compose: `${input.file}#${service.name}`,
    ...(receive === 'mount' ? {} : { receive }),
    ...(mount === null || mount === '/app' ? {} : { mount }),
    ...(uid === null ? {} : { uid }),
  }
  const declared: Container = {
    name: container,
    hosts: input.hosts,
    groups,
    runs: { kind: 'compose', file: input.file, service: service.name },
    health: null,
    status: null,
    uid,
    onChange: { kind: 'restart' },
    receive,
    mount: mount ?? '/app',
    at: input.file,
  }
  return {
    service: service.name,
    container,
    settings,
    line: `${container}: ${stringify(settings, { collectionStyle: 'flow', lineWidth: 0 }).trim()}`,
    override: overrideOf(declared, input),
    notes: notesOf(service, input),
  }
}

const manifestName = (service: string): string => service.toLowerCase().replaceAll('.', '-')

const overrideOf = (container: Container, { project, environment, directory }: AdoptionInput): string =>
  stringify(
    composeOverride(container, {
      project,
      environment,
      directory,
      generation: { number: 1, id: '…' },
      revision: 1,
      content: '…',
      digest: '…',
      spec: '…',
    }),
    { lineWidth: 0 },
  )

const notesOf = (service: ComposeService, { groupOf }: AdoptionInput): readonly string[] => [
  ...service.inPlainText
    .filter((name) => groupOf.has(name))
    .map((name) => `${name} has a value in the compose file: take it out there once the service runs with ours`),
  ...(service.readsEnvFile ? ['it reads an env_file: take out of that what it gets from us'] : []),
]
