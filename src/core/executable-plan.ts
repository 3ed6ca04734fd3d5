import type { PlanInput, PlanProblem } from './delivery-plan.ts'
import type { DesiredHost } from './desired.ts'

/** Does something on this host start through our executable? */
export const needsExecutable = ({ containers }: Pick<DesiredHost, 'containers'>): boolean =>
  containers.some((one) => one.receive !== 'mount')

/** A host that has none is brought ours; another one's is replaced when something is changed there anyway, so that two
 *  operators with different versions do not take turns. */
export const installsExecutable = ({ desired, facts, executable, mode }: PlanInput, isChanged: boolean): boolean => {
  if (mode === 'setup' || executable === null || !needsExecutable(desired)) return false
  return facts.executable === null || (isChanged && facts.executable !== executable)
}

export const executableProblem = ({ desired, facts, executable, isLook }: PlanInput): PlanProblem | null => {
  const isMissing = needsExecutable(desired) && facts.executable === null && executable === null
  if (!isMissing || isLook) return null
  return {
    code: 'CONFIG',
    message: 'a program on it starts through the lockstep executable, and there is none to bring',
    hint: 'npm run build:executable, or run lockstep as the executable itself',
  }
}
