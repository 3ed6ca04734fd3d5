import { fail } from '../core/errors.ts'
import type { SecretsError } from '../core/errors.ts'
import type { HostLoss } from '../core/fleet/fleet.ts'
import { hostText } from '../core/host-text.ts'
import { connectionLoss } from './connection-loss.ts'
import { parseEvent } from './events.ts'

/** What Ansible itself has to say in a play of ours. */
export interface Heard {
  readonly line: (line: string, stream: 'stdout' | 'stderr') => void
  /** Why no host came as far as us. */
  refusal(status: number): SecretsError
}

/** @param lose told of each host that Ansible gives up */
export const hear = (lose: (host: string, loss: HostLoss) => void): Heard => {
  const complaints: string[] = []
  const lost: { readonly host: string; readonly loss: HostLoss }[] = []
  return {
    line: (line, stream) => {
      const event = parseEvent(line)
      if (event === null) {
        if (stream === 'stderr' && complaints.length < 200) complaints.push(line)
        return
      }
      const loss = event.event === 'refused' ? refusalOf(event.reason) : connectionLoss(event.reason)
      lost.push({ host: event.host, loss })
      lose(event.host, loss)
    },
    refusal: (status) => {
      const [first] = lost
      if (first === undefined) return refusedByAnsible(status, complaints)
      const { code, reason, hint } = first.loss
      return fail(code, reason, hint === null ? { at: first.host } : { at: first.host, hint })
    },
  }
}

/** Our action plugin says what, a semicolon, and what to do. */
const refusalOf = (words: string): HostLoss => {
  const [, reason = words, hint] = /^(.*?); (.*)$/s.exec(words) ?? []
  return { code: 'UNSAFE', reason: hostText(reason), hint: hint === undefined ? null : hostText(hint) }
}

const refusedByAnsible = (status: number, complaints: readonly string[]): SecretsError => {
  const statements = unwrapped(complaints)
  const said = statements.filter((line) => /error|fatal|failed|unable|could not/i.test(line)).slice(0, 3)
  const hint = (said.length > 0 ? said : statements.slice(-3)).join('\n') || 'run it with -- -vvv to see more'
  if (status === 0) return fail('CONFIG', 'no host to go to: the inventory holds none', { hint })
  const isInventory = statements.some((line) => /inventory source/.test(line))
  const before = `ansible-playbook ended with status ${status} before any host was reached`
  return fail('CONFIG', isInventory ? 'the inventory cannot be read by Ansible' : before, { hint })
}

/** Ansible breaks what it says at 79 columns. */
const unwrapped = (lines: readonly string[]): readonly string[] =>
  lines.reduce<readonly string[]>((statements, line) => {
    const last = statements.at(-1)
    const begins = last === undefined || /^(\[[A-Z ]+\]|ERROR!|fatal|error)/.test(line)
    return begins ? [...statements, line] : [...statements.slice(0, -1), `${last} ${line.trim()}`]
  }, [])
