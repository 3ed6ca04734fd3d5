import type { Container } from '../manifest/manifest.ts'
import type { ScopePlace } from './scope-mounts.ts'

/** Where files with values are put, in containers. */
export const filesInside = '/run/secrets'

/** Words of our executable as the entrypoint of a program, up to the program's own command; `--user` may follow. */
export const entrypointWords = (receive: Container['receive'], place: ScopePlace, files: string): readonly string[] => [
  'run',
  '--verified',
  '--password-file',
  place.passwordFile,
  '--directory',
  place.directory,
  ...(receive === 'files' ? ['--files', files] : []),
]

/** What the host has to add to our entrypoint: only it knows what an image runs, and as whom. */
export interface Wrap {
  /** It starts as root to read its scope, and becomes the image's own user. */
  readonly asRoot: boolean
  /** In place of the image's own command; null: that. */
  readonly command: readonly string[] | null
}

/** Null where the program reads its scope itself. */
export const wrapOf = (container: Container): Wrap | null => {
  if (container.receive === 'mount') return null
  const command = container.runs.kind === 'image' ? container.runs.command : null
  return { asRoot: container.uid === null, command }
}

/** Whom a container is started as: its declared uid; root where our entrypoint has to read a scope of root's; else
 *  (null) whoever its image says. */
export const startsAs = ({ uid, receive }: Container): string | null =>
  uid === null ? (receive === 'mount' ? null : '0:0') : `${uid}:${uid}`

/** Memory for files with values; whoever starts the container must be able to write there. */
export const memoryMount = ({ uid }: Container): string =>
  `${filesInside}:${uid === null ? 'mode=0755' : `mode=0700,uid=${uid},gid=${uid}`}`
