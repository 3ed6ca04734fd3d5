import { defaultEnvironment } from '../manifest/environment.ts'
import type { Canonical } from '../canonical.ts'
import { entrypointWords, filesInside, memoryMount, startsAs, wrapOf } from './entrypoint.ts'
import { isLive } from './live.ts'
import type { Container } from '../manifest/manifest.ts'
import { executableInside, insidePlace, scopeMounts } from './scope-mounts.ts'

/** A container of ours on one host, at one generation. */
export interface ContainerTarget {
  readonly project: string
  readonly environment: string
  readonly directory: string
  readonly generation: { readonly number: number; readonly id: string }
  /** Of the delivery that brings it. */
  readonly revision: number
  /** Digest of what its scope holds (scopeContent). */
  readonly content: string
  /** What its own status page should say of the bytes it uses (scopeDigest). */
  readonly digest: string
  /** Digest of how it is run (containerSpec). */
  readonly spec: string
}

/** How a container that we run is called on its host: those of the default environment carry none in their name. */
export const containerName = (project: string, environment: string, container: string): string =>
  environment === defaultEnvironment ? `${project}-${container}` : `${project}-${environment}-${container}`

/** What the one before is called until its replacement is settled. */
export const asideName = (name: string): string => `${name}-before`

/** What one that failed is called from then on, kept for its logs until a delivery succeeds. */
export const failedName = (name: string): string => `${name}-failed`

/** Everything about how a container is run except which generation it is on: a change here re-creates it. */
export const containerSpec = (container: Container): Canonical => ({
  runs: JSON.stringify(container.runs),
  health: JSON.stringify(container.health),
  status: container.status ?? '',
  uid: container.uid ?? -1,
  receive: container.receive,
  mount: container.mount,
  // only where it is so: what has nothing to do with it stays as it was
  live: isLive(container) || undefined,
})

/** Arguments for `docker` (or podman) that create and start a container from its image. Values never stand in them.
 *  Where our entrypoint wraps the image's, the host completes them (`wrapOf`). */
export const runArguments = (container: Container, target: ContainerTarget): readonly string[] => {
  if (container.runs.kind !== 'image') return []
  const { runs } = container
  const user = startsAs(container)
  const isWrapped = wrapOf(container) !== null
  return [
    'run',
    '--detach',
    '--name',
    containerName(target.project, target.environment, container.name),
    ...labels(container, target).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    '--restart',
    'unless-stopped',
    ...(user === null ? [] : ['--user', user]),
    ...runs.publish.flatMap((port) => ['--publish', port]),
    ...Object.entries(runs.env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...mountWords(container, target),
    ...(container.receive === 'files' ? ['--tmpfs', memoryMount(container)] : []),
    ...(isWrapped ? ['--entrypoint', executableInside] : []),
    ...runs.options,
    runs.image,
    ...(isWrapped ? entrypointWords(container.receive, insidePlace(container), filesInside) : (runs.command ?? [])),
  ]
}

/** The long form fails when its source is missing, where `-v` would make an empty directory. */
const mountWords = (container: Container, { directory, generation }: ContainerTarget): readonly string[] =>
  scopeMounts(container, directory, generation.number).flatMap((mount) => [
    '--mount',
    `type=bind,source=${mount.source},target=${mount.target},readonly`,
  ])

/** How a program of ours is known again, and which generation it was given. */
export const labels = (container: Container, target: ContainerTarget): readonly (readonly [string, string])[] => [
  ['lockstep.project', target.project],
  ['lockstep.environment', target.environment],
  ['lockstep.container', container.name],
  ['lockstep.generation', String(target.generation.number)],
  ['lockstep.generation-id', target.generation.id],
  ['lockstep.revision', String(target.revision)],
  ['lockstep.content', target.content],
  ['lockstep.digest', target.digest],
  ['lockstep.spec', target.spec],
]
