import type { HostPlan } from '../fleet/delivery-plan.ts'
import type { DesiredHost } from '../fleet/desired.ts'
import { executableFault } from '../fleet/executable-plan.ts'
import type { Finding } from './findings.ts'
import { finding } from './findings.ts'
import type { HostFacts } from '../fleet/host-facts.ts'
import type { Ledger } from '../fleet/ledger.ts'
import { endedFix, endedInForce, endedWords } from '../rotate/ended.ts'

export interface DeliveryAudit {
  readonly desired: DesiredHost
  readonly facts: HostFacts
  readonly ledger: Ledger
  /** What a deploy from here would do. */
  readonly plan: HostPlan
  /** A rotation is being done meanwhile. */
  readonly isAtWork: boolean
}

/** What one host has beside what was delivered to it, and what should be. Pure. */
export const auditDelivery = (input: DeliveryAudit): readonly Finding[] => [...executable(input), ...behind(input)]

const executable = (input: DeliveryAudit): readonly Finding[] => {
  const { host, directory } = input.desired
  const fault = executableFault(input)
  if (fault === null) return []
  const at = { host, path: `${directory}/bin/lockstep` }
  const fix = `lockstep deploy --hosts ${host}`
  return fault === 'gone'
    ? [finding('EXECUTABLE-DIFFERS', { ...at, message: 'it is gone, and programs start through it', fix })]
    : [
        finding('EXECUTABLE-DIFFERS', {
          ...at,
          message: 'it is not the one that was delivered, and programs start through it',
          fix: `find out who changed it; ${fix}; then replace what the programs on it are given`,
        }),
      ]
}

/** What a generation that is not whole, loose or unrecorded lacks has a finding of its own. */
const behind = ({ desired, plan, facts, ledger, isAtWork }: DeliveryAudit): readonly Finding[] => {
  const at = { host: desired.host, path: desired.directory }
  // whatever this clone says it should have: a delivery would bring it no more than it has
  const ended = isAtWork ? null : endedWords(endedInForce(ledger, facts, desired))
  if (ended !== null) return [finding('BEHIND', { ...at, message: ended, fix: endedFix })]
  const message = plan.problem === null ? missing(plan) : null
  if (message === null) return []
  return [
    finding('BEHIND', {
      ...at,
      message,
      fix: `lockstep deploy --hosts ${desired.host}`,
    }),
  ]
}

const missing = ({ action, from, changes, containers }: HostPlan): string | null => {
  if (action !== 'deliver' && action !== 'restart') return null
  if (from === null) return 'nothing was delivered to it yet'
  if (changes.length > 0) return `it does not have the project’s ${changes.map((one) => one.secret).join(', ')}`
  const waiting = containers.filter((one) => one.action !== 'keep')
  return waiting.length === 0 ? null : waiting.map((one) => `${one.container.name}: ${one.why}`).join(', ')
}
