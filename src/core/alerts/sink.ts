import type { Severity } from '../audit/findings.ts'
import { isLoopback } from '../loopback.ts'
import type { Quiet } from './quiet.ts'

/** Where alerts go, as lockstep.yaml says it. */
export interface Sink {
  readonly to: SinkTarget
  /** What is milder is not told here. */
  readonly severity: Severity
  readonly quiet: Quiet | null
  readonly at: string
}

export type SinkTarget =
  | { readonly kind: 'webhook'; readonly url: string; readonly sign: string | null }
  | { readonly kind: 'slack'; readonly secret: string }
  | { readonly kind: 'email'; readonly to: readonly string[]; readonly from: string | null }
  | { readonly kind: 'command'; readonly command: readonly string[] }
  | { readonly kind: 'stderr' }
  | { readonly kind: 'journal' }

/** Names one sink for good: its place in the list may change. */
export const sinkKey = ({ to }: Pick<Sink, 'to'>): string => {
  switch (to.kind) {
    case 'webhook':
      return `webhook ${to.url}`
    case 'slack':
      return `slack ${to.secret}`
    case 'email':
      return `email ${to.to.join(' ')}`
    case 'command':
      return `command ${JSON.stringify(to.command)}`
    case 'stderr':
    case 'journal':
      return to.kind
  }
}

/** For people: nothing of a URL but where it goes, nothing of a command but its program. */
export const sinkName = ({ to }: Pick<Sink, 'to'>): string => {
  switch (to.kind) {
    case 'webhook':
      return `webhook ${URL.parse(to.url)?.host ?? ''}`
    case 'email':
      return `email ${to.to.join(', ')}`
    case 'command':
      return `command ${to.command[0] ?? ''}`
    default:
      return sinkKey({ to })
  }
}

/** What is wrong with an address that alerts are to be posted to; null: nothing. */
export const addressProblem = (url: string): string | null => {
  const address = URL.parse(url)
  if (address === null || !/^https?:$/.test(address.protocol)) return 'is not an http or https address'
  if (address.username !== '' || address.password !== '') return 'holds an account: sign with a secret instead'
  if (address.protocol === 'http:' && !isLoopback(address.hostname))
    return 'must be https: what it says is nobody else’s'
  return null
}
