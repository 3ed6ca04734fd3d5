import type { Ports } from '../ports.ts'
import type { RedisDoor } from './redis-door.ts'
import type { Sql } from './sql.ts'

/** The doors that rotators are handed. */
export interface RotatorPorts extends Pick<Ports, 'clock' | 'random'> {
  readonly http: Ports['http']
  readonly sql: Sql
  readonly exec: Pick<Ports['exec'], 'run' | 'find'>
  readonly redis: RedisDoor
  /** Where the person is asked, by a rotator that `needsPerson`. */
  readonly terminal: Pick<Ports['terminal'], 'isInteractive' | 'askHidden'>
  /** The project's name, for what people read upstream. */
  readonly project: string
  /** The project's root, where a program of the user's is run. */
  readonly directory: string
  /** HOME and PATH of such a program, which gets no other variable of ours. */
  readonly home: string
  readonly path: string
}
