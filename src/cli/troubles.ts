import type { HostProblem } from '../core/fleet/delivery-report.ts'

/** What went wrong in the same way on some hosts. */
export interface Trouble {
  readonly hosts: readonly string[]
  readonly message: string
  readonly hint: string | null
}

/** Hosts with the same problem in one, their names joined in the command that mends it. */
export const troublesOf = (
  outcomes: readonly { readonly host: string; readonly problem: Pick<HostProblem, 'message' | 'hint'> | null }[],
): readonly Trouble[] => {
  const found = new Map<string, Trouble>()
  for (const { host, problem } of outcomes) {
    if (problem === null) continue
    const { message, hint } = problem
    const isOwn = hint?.endsWith(` --hosts ${host}`) === true
    const kind = isOwn ? hint.slice(0, -host.length) : hint
    const key = JSON.stringify([message, kind])
    const hosts = [...new Set([...(found.get(key)?.hosts ?? []), host])]
    found.set(key, { hosts, message, hint: isOwn ? `${kind}${hosts.join(',')}` : hint })
  }
  return [...found.values()]
}

export const troubleLines = ({ hosts, message, hint }: Trouble): readonly string[] => [
  `${hosts.join(', ')}: ${message}`,
  ...(hint === null ? [] : [`  hint: ${hint}`]),
]
