import { kindOfError } from '../errors.ts'
import type { Finding } from './findings.ts'
import { finding } from './findings.ts'

/** What is judged of one host; where its answer breaks a rule of ours that is this host's problem, and the others are
 *  judged all the same. Pure. */
export const judgedOrLost = (
  host: string,
  judge: () => readonly Finding[],
): { readonly findings: readonly Finding[]; readonly isLost: boolean } => {
  try {
    return { findings: judge(), isLost: false }
  } catch (error) {
    const message = `it answered what cannot be judged (${kindOfError(error)}): nothing of this answer is believed`
    const fix = `look at the host by hand; lockstep audit --hosts ${host}`
    return { findings: [finding('UNREACHABLE', { host, path: null, message, fix })], isLost: true }
  }
}
