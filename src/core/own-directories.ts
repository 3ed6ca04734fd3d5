import type { Machine } from './ports.ts'

type Home = Pick<Machine, 'environment' | 'home'>

/** Where we keep what can be made again at any time. */
export const cacheDirectory = ({ environment, home }: Home): string =>
  `${environment['XDG_CACHE_HOME'] || `${home}/.cache`}/lockstep`

/** Where our own ansible-core lives when the machine has none: a Python environment of its own. */
export const ansibleVenv = ({ environment, home }: Home): string =>
  `${environment['XDG_DATA_HOME'] || `${home}/.local/share`}/lockstep/ansible`

/** What we have to know again, and nobody else may write: outside every project, so that no repository brings it. */
export const personalState = ({ environment, home }: Home): string =>
  `${environment['XDG_STATE_HOME'] || `${home}/.local/state`}/lockstep`
