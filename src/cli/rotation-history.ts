import { findProject } from '../app/project/project.ts'
import { rotationHistory } from '../app/rotate/rotation-history.ts'
import { formatDuration } from '../core/duration.ts'
import { few } from '../core/names.ts'
import type { RotationHistory, ToldRotation } from '../core/rotate/history.ts'
import type { Call, Result } from './command.ts'
import { noteLine } from './note-line.ts'
import { table } from './table.ts'

/** `rotate history` */
export const history = async ({ ports, environment, rest, report }: Call<unknown, unknown>): Promise<Result> => {
  const project = await findProject(ports, { environment })
  await ports.fleet.prepare(report)
  const onHost = (host: string, state: string): void => report.host(host, state)
  return historyResult(await rotationHistory(ports, project, { arguments: rest, onHost }))
}

export const historyResult = (found: RotationHistory): Result => {
  const { rotations, notes, open, isReached } = found
  const heading = ['WHEN', 'TOOK', 'WHO', 'WHAT', 'PROOF', 'WHY']
  const lines = [
    rotations.length === 0 ? 'nothing was rotated yet' : table([heading, ...rotations.map(cells)]).trimEnd(),
    ...notes.map(noteLine),
  ]
  return {
    text: lines.join('\n'),
    json: { ...found },
    ...(isReached ? {} : { exit: 'PARTIAL' as const }),
    ...(open === null ? {} : { next: 'lockstep rotate --resume, or lockstep rotate --abort' }),
  }
}

const cells = (one: ToldRotation): readonly string[] => [
  one.at,
  formatDuration(one.took),
  one.by,
  whatWords(one),
  few(Object.entries(one.hosts).map(([host, proof]) => (proof === '' ? host : `${host} (${proof})`))) || '-',
  one.reason ?? '-',
]

const whatWords = ({ credentials, isEmergency }: ToldRotation): string => {
  const ends = Object.entries(credentials).map(([id, end]) => `${id} ${end}`)
  const what = ends.length === 0 ? 'new passwords' : few(ends)
  return isEmergency ? `emergency: ${what}` : what
}
