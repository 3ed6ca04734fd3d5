import type { PlanInput, PlanProblem } from './delivery-plan.ts'
import type { DesiredHost } from './desired.ts'
import type { HostFacts } from './host-facts.ts'
import type { Ledger } from './ledger.ts'

/** Does something on this host start through our executable? */
export const needsExecutable = ({ containers }: Pick<DesiredHost, 'containers'>): boolean =>
  containers.some((one) => one.receive !== 'mount')

interface Found {
  readonly desired: DesiredHost
  readonly facts: Pick<HostFacts, 'executable' | 'identity'>
  readonly ledger: Ledger
}

/** What programs on this host start through is not what was delivered. Null: it is, or nobody wrote down what was. */
export const executableFault = ({ desired, facts, ledger }: Found): 'gone' | 'changed' | null => {
  const known = ledger.hosts[desired.host]
  if (!needsExecutable(desired) || known?.executables === undefined || known.id !== facts.identity?.id) return null
  if (facts.executable === null) return 'gone'
  return known.executables.includes(facts.executable) ? null : 'changed'
}

/** A host that has none, or a changed one, is brought ours; another version is replaced when something is changed there
 *  anyway, so that two operators with different versions do not take turns. */
export const installsExecutable = (input: PlanInput, isChanged: boolean): boolean => {
  const { desired, facts, executable, mode } = input
  if (mode === 'setup' || executable === null || !needsExecutable(desired)) return false
  return executableFault(input) !== null || facts.executable === null || (isChanged && facts.executable !== executable)
}

export const executableProblem = (input: PlanInput): PlanProblem | null => {
  const { desired, facts, executable, isLook } = input
  if (!needsExecutable(desired) || executable !== null || isLook) return null
  const hint = 'npm run build:executable, or run lockstep as the executable itself'
  if (executableFault(input) === 'changed') {
    return { code: 'UNSAFE', message: 'its bin/lockstep is not the one delivered, and there is none to bring', hint }
  }
  if (facts.executable !== null) return null
  const message = 'a program on it starts through the lockstep executable, and there is none to bring'
  return { code: 'CONFIG', message, hint }
}
