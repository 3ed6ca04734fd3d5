import { cacheDirectory, personalState } from '../../core/own-directories.ts'
import type { Ports } from '../../core/ports.ts'
import { sha256 } from '../../crypto/derive.ts'
import type { Project } from './project.ts'

/** What a person keeps of a project is of one place and environment. */
export type Place = Pick<Project, 'root' | 'environment'>

type Machine = Pick<Ports, 'machine'>

/** Where one kind of record of a project lies: in the person's own directory, where no repository could bring one along
 *  that says all was well. */
export const statePath = ({ machine }: Machine, kind: string, place: Place): string =>
  `${personalState(machine)}/${named(kind, place)}`

/** The same for what can be made again at any time. */
export const cachePath = ({ machine }: Machine, kind: string, place: Place): string =>
  `${cacheDirectory(machine)}/${named(kind, place)}`

const named = (kind: string, { root, environment }: Place): string =>
  `${kind}-${sha256(`${root}\0${environment}`).slice(0, 16)}`
