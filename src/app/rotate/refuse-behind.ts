import { fail } from '../../core/errors.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import { shellWord } from '../../core/host-text.ts'
import type { OpenCredential } from '../../core/rotate/journal.ts'
import { newerVersion, type NewerVersion } from '../../core/rotate/newer.ts'
import { setLine } from '../../core/secrets/set-line.ts'
import { abandonedNow } from './abandoned.ts'
import { hostsOf } from './given-hosts.ts'
import type { RotationContext } from './rotation-context.ts'

/** Before a value goes out from here: another clone may have brought a newer one to a host that does not answer now.
 *  @throws CONFLICT where the ledger says so */
export const refuseBehind = async (
  { open, truth, options }: Pick<RotationContext, 'open' | 'truth' | 'options'>,
  ledger: Ledger,
  credentials: readonly OpenCredential[],
): Promise<void> => {
  if (credentials.length === 0) return
  const newer = newerVersion({ metadata: await open.metadata(), ledger, facts: truth.facts })
  for (const one of credentials) {
    const { id, host } = one
    const abandoned = [...one.abandoned, ...abandonedNow(options, one)]
    // before it lets anybody in no host was given it: what has its version is something else
    const own = one.state === 'proposed' || one.state === 'installed' ? {} : one.versions
    const isGiven = hostsOf(truth, one).length > 0
    const found = newer({ id, host, names: Object.keys(one.versions), own, isGiven, abandoned })
    // a rotation that is on its way holds its secrets
    const isHeld = options.mode !== 'new' && one.state !== 'promoted'
    if (found !== null) throw behind(one, found, isHeld)
  }
}

const behind = (one: OpenCredential, { name, version, here, host }: NewerVersion, isHeld: boolean): Error => {
  const where = host === null ? 'in the ledger' : `on ${host}`
  const above = isHeld
    ? `where there is nothing to pull, lockstep deploy --roll-back ${name} takes it back once it answers`
    : `where there is nothing to pull, ${setLine({ ...one, name })} gives it a version above that`
  const gone = host === null ? [] : [`where ${host} is gone for good, --abandon-host ${shellWord(host)}`]
  return fail('CONFLICT', `this clone is behind: ${name} has version ${version} ${where}, and ${here} here`, {
    at: one.id,
    hint: ['git pull', above, ...gone].join('; '),
  })
}
