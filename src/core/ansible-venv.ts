import type { Machine } from './ports.ts'

/** Where our own ansible-core lives when the machine has none: a Python environment of its own. */
export const ansibleVenv = ({ environment, home }: Pick<Machine, 'environment' | 'home'>): string =>
  `${environment['XDG_DATA_HOME'] ?? `${home}/.local/share`}/lockstep/ansible`
