import { few } from '../names.ts'
import type { Finding, FindingId } from './findings.ts'
import { finding } from './findings.ts'
import type { Sought, SoughtName } from './sought.ts'

/** Where on a host values were found that should be nowhere there but sealed. */
export interface ValuePlace {
  readonly id: FindingId
  readonly host: string
  /** The same at each audit, so that a finding is known again: no process id. */
  readonly path: string
  /** `in the environment of nginx (process 12)` */
  readonly where: string
  /** What to type on that host so that it is there no more. */
  readonly fix: string
}

/** Whom the numbers of a host's answer stand for. One that stands for nothing is passed over. */
export const namesHeld = (sought: Sought, held: readonly number[]): readonly SoughtName[] => {
  const found = held.flatMap((index): readonly SoughtName[] => {
    if (index === -1) return [{ kind: 'scope-password', name: null }]
    const form = sought.forms[index]
    return form === undefined ? [] : [form.what]
  })
  const known = new Map(found.map((one) => [`${one.kind} ${one.name ?? ''}`, one]))
  return [...known].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

/** One finding for the secrets, and one each for passwords, which open more than themselves. */
export const valueFindings = (names: readonly SoughtName[], place: ValuePlace): readonly Finding[] => {
  const { id, host, path, where } = place
  const fix = `${place.fix} (on ${host})`
  const secrets = names.flatMap((one) => one.name ?? [])
  const found: Finding[] = []
  if (secrets.length > 0) {
    const again = `${fix}; then replace what was there: lockstep set ${secrets.length === 1 ? secrets[0] : 'NAME'}`
    found.push(finding(id, { host, path, message: `${few(secrets)}: ${where}`, fix: again }))
  }
  if (names.some((one) => one.kind === 'project-password')) {
    const message = `the project password: ${where}`
    found.push(finding('PROJECT-PASSWORD', { host, path, message, fix: `${fix}; then lockstep rekey` }))
  }
  if (names.some((one) => one.kind === 'scope-password')) {
    const again = `${fix}; then lockstep deploy --hosts ${host} once its secrets are replaced`
    found.push(finding('KEY-COPY', { host, path, message: `a scope password of this host: ${where}`, fix: again }))
  }
  return found
}
