import type { Ledger } from '../../core/fleet/ledger.ts'
import { holdersElsewhere } from '../../core/rotate/elsewhere.ts'
import type { OpenCredential } from '../../core/rotate/journal.ts'
import { abandonedNow } from './abandoned.ts'
import { hostsOf } from './given-hosts.ts'
import type { RotationContext } from './rotation-context.ts'

/** Hosts that this clone does not give the credential, and that hold a version of it which is meant, as the ledger says. */
export const unknownHolders = (
  { project, truth, options }: Pick<RotationContext, 'project' | 'truth' | 'options'>,
  ledger: Ledger,
  open: OpenCredential,
  isMeant: (name: string, version: number) => boolean,
): readonly string[] => {
  const abandoned = [...open.abandoned, ...abandonedNow(options, open)]
  const hasOwn = (host: string, name: string): boolean =>
    project.secrets.some((one) => one.host === host && one.name === name)
  return holdersElsewhere(ledger, open, { given: hostsOf(truth, open), hasOwn, isMeant }).filter(
    (host) => !abandoned.includes(host),
  )
}
