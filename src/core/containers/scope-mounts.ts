import { isLive, liveDirectory, liveInside } from './live.ts'
import type { Container } from '../manifest/manifest.ts'

/** Where a program finds its scope. */
export interface ScopePlace {
  readonly passwordFile: string
  readonly directory: string
}

export interface BindMount {
  /** On the host. */
  readonly source: string
  /** In the container. */
  readonly target: string
}

/** Where our executable is, inside containers that have it as their entrypoint. */
export const executableInside = '/lockstep'

/** The directory of a container's scope in one generation. Concrete, never through `current`: a container that is
 *  restarted by its engine must not slip onto a generation that nobody has proved. */
export const scopeDirectory = (directory: string, generation: number, container: string): string =>
  `${directory}/generations/${generation}/containers/${container}`

const placeIn = (directory: string): ScopePlace => ({
  passwordFile: `${directory}/vault-password`,
  directory: `${directory}/secrets`,
})

/** Where the program in a container finds its scope. */
export const insidePlace = (container: Container): ScopePlace =>
  placeIn(isLive(container) ? `${liveInside}/current` : container.mount)

/** Where the scope of a program is on its host. */
export const outsidePlace = (container: Container, directory: string, generation: number): ScopePlace =>
  placeIn(
    isLive(container)
      ? `${liveDirectory(directory, container.name)}/current`
      : scopeDirectory(directory, generation, container.name),
  )

/** What a container sees of its host, all of it read-only. */
export const scopeMounts = (container: Container, directory: string, generation: number): readonly BindMount[] => [
  ...(isLive(container)
    ? [{ source: liveDirectory(directory, container.name), target: liveInside }]
    : concreteMounts(container, directory, generation)),
  ...(container.receive === 'mount' ? [] : [{ source: `${directory}/bin/lockstep`, target: executableInside }]),
]

const concreteMounts = (container: Container, directory: string, generation: number): readonly BindMount[] => {
  const [inside, outside] = [insidePlace(container), outsidePlace(container, directory, generation)]
  return [
    { source: outside.passwordFile, target: inside.passwordFile },
    { source: outside.directory, target: inside.directory },
  ]
}
