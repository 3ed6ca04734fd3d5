import type { PlanInput, PlanProblem } from '../fleet/delivery-plan.ts'
import { engineWord, inTheWay } from './instances.ts'
import { quoteName } from '../names.ts'

/** A container of somebody else's is never set aside or removed, whatever it is called. Null: none is in the way. */
export const nameProblem = ({ facts, desired, mode, ...owner }: PlanInput): PlanProblem | null => {
  const found = mode === 'deploy' ? desired.containers.map((one) => inTheWay(one, owner, facts)) : []
  const other = found.find((one) => one !== null)
  if (other === undefined) return null
  const { name, labels } = other
  const label = (key: string): string => quoteName(labels[`lockstep.${key}`] ?? '?')
  if (labels['lockstep.project'] !== undefined) {
    const message = `${name} on it is ${label('container')} of ${label('project')} (${label('environment')}), and ours would be called the same`
    return { code: 'CONFLICT', message, hint: 'call one of the two something else in lockstep.yaml' }
  }
  const program = engineWord(facts)
  const handOver = `${program} stop ${name} && ${program} rename ${name} ${name}-by-hand`
  return {
    code: 'CONFLICT',
    message: `there is a container ${name} on it that lockstep did not start`,
    hint: `to hand over to ours, on ${desired.host}: ${handOver}; or call ours something else in lockstep.yaml`,
  }
}
