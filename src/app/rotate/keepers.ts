import { fail, type SecretsError } from '../../core/errors.ts'
import { shellWord } from '../../core/host-text.ts'
import { isMost } from '../../core/fleet/lease.ts'
import { few } from '../../core/names.ts'
import type { RotationContext } from './rotation-context.ts'
import { verbOf } from './verb.ts'

interface Short {
  readonly keepers: readonly string[]
  readonly lost: readonly string[]
  readonly verb: string
}

export const tooFewKeepers = ({ keepers, lost, verb }: Short): SecretsError => {
  const has = keepers.length - lost.length
  const gone = lost.map((host) => ` --abandon-host ${shellWord(host)}`).join('')
  const hint =
    keepers.length === 0
      ? 'one of the first three hosts by name must not be abandoned'
      : `nothing more is done; when ${lost.length === 1 ? 'it answers' : 'they answer'}: lockstep ${verb}; where ${few(lost)} ${lost.length === 1 ? 'is' : 'are'} gone for good: lockstep ${verb}${gone}`
  return fail('UNAVAILABLE', `the ledger could be written on ${has} of ${keepers.length} hosts`, {
    at: few(lost),
    hint,
  })
}

/** What stops a run before it begins: most of the hosts that keep the ledger are out of reach. Null: nothing. */
export const keepersShort = ({
  truth,
  channels,
  options,
}: Pick<RotationContext, 'truth' | 'channels' | 'options'>): SecretsError | null => {
  const keepers = truth.keepers()
  const isLost = (host: string): boolean => !channels.has(host) || (truth.facts(host)?.identity ?? null) === null
  const lost = keepers.filter(isLost)
  const has = keepers.filter((host) => !isLost(host))
  if (isMost(has, keepers)) return null
  const short = tooFewKeepers({ keepers, lost, verb: verbOf(options) })
  const fresh = lost.filter((host) => channels.has(host) && truth.facts(host)?.identity === null)
  return fresh.length === 0 ? short : withSetup(short, fresh)
}

/** What answers and was never set up is not gone for good. */
const withSetup = ({ code, message, at = '' }: SecretsError, fresh: readonly string[]): SecretsError =>
  fail(code, message, {
    at,
    hint: `${few(fresh)} ${fresh.length === 1 ? 'is' : 'are'} not set up yet: lockstep setup, then the same again`,
  })
