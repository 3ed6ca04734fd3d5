import { fail } from '../core/errors.ts'
import type { SecretsError } from '../core/errors.ts'
import type { HostLoss } from '../core/fleet.ts'
import { hostText } from '../core/host-text.ts'
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
      const loss = event.event === 'refused' ? refusalOf(event.reason) : lossOf(event.reason)
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

const lossOf = (reason: string): HostLoss =>
  /host key|identification has changed/i.test(reason)
    ? { code: 'UNSAFE', reason: 'the host key is not the one in known_hosts: nothing was sent', hint: null }
    : { code: 'UNAVAILABLE', reason: hostText(reason), hint: null }

/** Our action plugin says what, a semicolon, and what to do. */
const refusalOf = (words: string): HostLoss => {
  const [, reason = words, hint] = /^(.*?); (.*)$/s.exec(words) ?? []
  return { code: 'UNSAFE', reason: hostText(reason), hint: hint === undefined ? null : hostText(hint) }
}

const refusedByAnsible = (status: number, complaints: readonly string[]): SecretsError => {
  const said = complaints.filter((line) => /error|fatal|unable|could not/i.test(line)).slice(0, 3)
  return fail('CONFIG', `ansible-playbook ended with status ${status} before any host was reached`, {
    hint: (said.length > 0 ? said : complaints.slice(-3)).join('\n') || 'run it with -- -vvv to see more',
  })
}
