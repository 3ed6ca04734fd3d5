import type { DesiredHost } from '../fleet/desired.ts'
import { hostText } from '../host-text.ts'
import type { AuditInput } from './audit-host.ts'
import type { ProcessFacts } from './audit-facts.ts'
import type { Finding } from './findings.ts'
import type { SoughtName } from './sought.ts'
import { namesHeld, valueFindings } from './value-findings.ts'

/** Values in the environment and the arguments of programs that run on the host. What a declared program was given, it
 *  may have in its environment; nothing may have a value in its arguments, which every account can read. */
export const auditProcesses = (input: AuditInput): readonly Finding[] => {
  const { facts, desired } = input
  const { audit, asked } = facts
  if (audit === null || asked === null) return []
  return together(audit.processes.found).flatMap((same) => {
    const [one] = same
    if (one === undefined) return []
    const program = programWords(input, one)
    const at = { host: desired.host, path: program }
    const pids = same.length === 1 ? `process ${one.pid}` : `${same.length} processes, one is ${one.pid}`
    const look = `find what starts it on ${desired.host}: tr '\\0' ' ' < /proc/${one.pid}/cmdline`
    const unexpected = namesHeld(asked.sought, one.environment).filter((name) => !isGiven(input, one, name))
    return [
      ...valueFindings(namesHeld(asked.sought, one.arguments), {
        ...at,
        id: 'VALUE-IN-ARGUMENTS',
        where: `in the arguments of ${program} (${pids})`,
        fix: look,
      }),
      ...valueFindings(unexpected, {
        ...at,
        id: 'VALUE-IN-ENVIRONMENT',
        where: `in the environment of ${program} (${pids}), which lockstep.yaml does not give it to`,
        fix: look,
      }),
    ]
  })
}

/** Programs that fork are one, with all that any of them holds alike. */
const together = (found: readonly ProcessFacts[]): readonly (readonly ProcessFacts[])[] => {
  const kinds = new Map<string, ProcessFacts[]>()
  for (const one of found) {
    const { name, uid, container, unit, environment } = one
    const key = JSON.stringify([name, uid, container, unit, environment, one.arguments])
    kinds.set(key, [...(kinds.get(key) ?? []), one])
  }
  return [...kinds.values()]
}

const programWords = ({ facts }: AuditInput, one: ProcessFacts): string => {
  const container = facts.engine?.containers.find(({ id }) => id === one.container)
  const inside = container?.name ?? one.unit
  const name = hostText(one.name, 40)
  return inside === null ? `${name} of uid ${one.uid}` : `${name} in ${hostText(inside, 80)}`
}

/** The declared container or unit that a program belongs to was given this secret. */
const isGiven = ({ desired, facts }: AuditInput, one: ProcessFacts, what: SoughtName): boolean => {
  const labels = facts.engine?.containers.find(({ id }) => id === one.container)?.labels ?? {}
  const isOurs =
    labels['lockstep.project'] === facts.identity?.project &&
    labels['lockstep.environment'] === facts.identity?.environment
  const declared = desired.containers.find(({ name, runs }) =>
    runs.kind === 'systemd' ? runs.unit === one.unit : isOurs && labels['lockstep.container'] === name,
  )
  return declared !== undefined && scopeHas(desired, `container/${declared.name}`, what)
}

const scopeHas = ({ scopes }: Pick<DesiredHost, 'scopes'>, scope: string, what: SoughtName): boolean =>
  scopes.some((one) => one.scope === scope && one.secrets.some(({ name }) => name === what.name))
