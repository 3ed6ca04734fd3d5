import { shellWord } from '../../core/host-text.ts'
import { previousIn } from '../../core/rotate/journal.ts'
import type { RotationRow } from '../../core/rotate/rotation-plan.ts'
import { setLine } from '../../core/secrets/set-line.ts'
import type { FleetProject } from '../fleet/fleet-project.ts'
import type { RotationPlan } from './plan-rotation.ts'
import type { RotateOptions, RotationContext } from './rotation-context.ts'

/** What an emergency leaves as it is, a line each with what to type. */
export const leftOut = (
  { options, project }: Pick<RotationContext, 'options' | 'project'>,
  { rows, waiting }: Pick<RotationPlan, 'rows' | 'waiting'>,
): readonly string[] => {
  if (!options.isEmergency || options.mode === 'abort') return []
  const kept = waiting.flatMap(({ open }) => {
    const previous = previousIn(open)
    const again = `lockstep rotate ${shellWord(open.id)} --emergency`
    return previous === null || open.isEmergency
      ? []
      : [`${previous} holds the former value of ${open.names.join(', ')}: ${again} takes it out`]
  })
  return [...kept, ...rows.flatMap(personLine), ...(isEverything(options) ? unrotated(project) : [])]
}

export const needsYou = 'needs you'

const personLine = ({ why, credential }: RotationRow): readonly string[] =>
  why === needsYou
    ? [`${credential.id} needs a person: at a terminal lockstep rotate ${shellWord(credential.id)} --emergency`]
    : []

const isEverything = ({ mode, names, due, hosts, exposedBy }: RotateOptions): boolean =>
  mode === 'new' && names.length === 0 && !due && hosts === null && exposedBy === null

const unrotated = ({ manifest, secrets }: FleetProject): readonly string[] => {
  const rotated = new Set(manifest.groups.flatMap(({ name, rotate }) => (rotate === null ? [] : [name])))
  return secrets
    .filter(({ group }) => !rotated.has(group))
    .map((one) => `nothing says how to rotate ${one.name}: ${setLine(one)}, then lockstep deploy`)
}
