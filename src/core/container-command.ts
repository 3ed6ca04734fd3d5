import type { Canonical } from './canonical.ts'
import type { Container } from './manifest.ts'

/** A container of ours on one host, at one generation. */
export interface ContainerTarget {
  readonly project: string
  readonly environment: string
  readonly directory: string
  readonly generation: { readonly number: number; readonly id: string }
  /** Digest of what its scope holds (scopeContent). */
  readonly content: string
  /** Digest of how it is run (containerSpec). */
  readonly spec: string
}

/** How a container is called on its host: the default environment's carry no environment in their name. */
export const containerName = (project: string, environment: string, container: string): string =>
  environment === 'production' ? `${project}-${container}` : `${project}-${environment}-${container}`

/** The directory of a container's scope in one generation. Concrete, never through `current`: a container that is
 *  restarted by its engine must not slip onto a generation that nobody has proved. */
export const scopeDirectory = (directory: string, generation: number, container: string): string =>
  `${directory}/generations/${generation}/containers/${container}`

/** Everything about how a container is run except which generation it is on: a change here re-creates it. */
export const containerSpec = (container: Container): Canonical => ({
  runs: JSON.stringify(container.runs),
  health: JSON.stringify(container.health),
  status: container.status ?? '',
  uid: container.uid ?? -1,
  receive: container.receive,
  mount: container.mount,
})

/** Arguments for `docker` (or podman) that create and start a container from its image. Values never stand in them.
 *  The image's own entrypoint is asked for on the host where ours stands before it (`wraps`). */
export const runArguments = (container: Container, target: ContainerTarget): readonly string[] => {
  if (container.runs.kind !== 'image') return []
  const { runs } = container
  const wraps = container.receive !== 'mount'
  return [
    'run',
    '--detach',
    '--name',
    containerName(target.project, target.environment, container.name),
    ...labels(container, target).flatMap((label) => ['--label', label]),
    '--restart',
    'unless-stopped',
    ...userOf(container),
    ...runs.publish.flatMap((port) => ['--publish', port]),
    ...Object.entries(runs.env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...mounts(container, target).flatMap((mount) => ['--mount', mount]),
    ...(container.receive === 'files' ? ['--tmpfs', `/run/secrets:${memoryOf(container)}`] : []),
    ...(wraps ? ['--entrypoint', '/lockstep'] : []),
    ...runs.options,
    runs.image,
    ...(wraps ? wrapper(container) : []),
    ...(runs.command ?? []),
  ]
}

/** True where the receiver has to put the image's own entrypoint and command at the end. */
export const needsImageCommand = (container: Container): boolean =>
  container.runs.kind === 'image' && container.receive !== 'mount' && container.runs.command === null

/** Whoever starts the container must be able to write its files there. */
const memoryOf = ({ uid }: Container): string => (uid === null ? 'mode=0755' : `mode=0700,uid=${uid},gid=${uid}`)

const wrapper = (container: Container): readonly string[] => [
  'run',
  ...(container.mount === '/app'
    ? []
    : ['--password-file', `${container.mount}/vault-password`, '--directory', `${container.mount}/secrets`]),
  ...(container.receive === 'files' ? ['--files', '/run/secrets'] : []),
  '--',
]

const userOf = (container: Container): readonly string[] =>
  container.uid === null ? [] : ['--user', `${container.uid}:${container.uid}`]

export const labels = (container: Container, target: ContainerTarget): readonly string[] => [
  `lockstep.project=${target.project}`,
  `lockstep.environment=${target.environment}`,
  `lockstep.container=${container.name}`,
  `lockstep.generation=${target.generation.number}`,
  `lockstep.generation-id=${target.generation.id}`,
  `lockstep.content=${target.content}`,
  `lockstep.spec=${target.spec}`,
]

/** Bind mounts: the long form fails when its source is missing, where `-v` would make an empty directory. */
const mounts = (container: Container, target: ContainerTarget): readonly string[] => {
  const scope = scopeDirectory(target.directory, target.generation.number, container.name)
  const bind = (source: string, to: string): string => `type=bind,source=${source},target=${to},readonly`
  return [
    bind(`${scope}/vault-password`, `${container.mount}/vault-password`),
    bind(`${scope}/secrets`, `${container.mount}/secrets`),
    ...(container.receive === 'mount' ? [] : [bind(`${target.directory}/bin/lockstep`, '/lockstep')]),
  ]
}

/** Where to ask for a page of a container, from its host: at the published port, else at its own address. */
export interface PageAddress {
  readonly address: readonly [string, number] | null
  readonly port: number
  readonly path: string
}

/** `target` is a path, or a URL with host and port of its own. Null where no port is known to ask. */
export const pageAddress = (container: Container, target: string): PageAddress | null => {
  if (URL.canParse(target)) {
    const url = new URL(target)
    const port = Number(url.port || 80)
    return { address: [url.hostname, port], port, path: `${url.pathname}${url.search}` }
  }
  const published = container.runs.kind === 'image' ? container.runs.publish[0] : undefined
  if (published === undefined) return null
  const parts = (published.split('/')[0] ?? '').split(':')
  const inside = Number(parts.at(-1))
  const outside = Number(parts.at(-2) ?? Number.NaN)
  const host =
    parts.length > 2
      ? parts
          .slice(0, -2)
          .join(':')
          .replace(/^\[|\]$/g, '')
      : '127.0.0.1'
  const reach = host === '0.0.0.0' || host === '' ? '127.0.0.1' : host === '::' ? '::1' : host
  return { address: Number.isInteger(outside) ? [reach, outside] : null, port: inside, path: target }
}
