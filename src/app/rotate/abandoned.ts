import { fail } from '../../core/errors.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import { few, quoteName } from '../../core/names.ts'
import { isNamed } from '../../core/rotate/choose.ts'
import type { OpenCredential } from '../../core/rotate/journal.ts'
import { didYouMean } from '../../core/suggest.ts'
import type { RotateOptions, RotationContext } from './rotation-context.ts'

/** Hosts that this run waits for no more where it is about this credential. */
export const abandonedNow = (
  { names, abandon }: Pick<RotateOptions, 'names' | 'abandon'>,
  open: Pick<OpenCredential, 'id' | 'group' | 'names'>,
): readonly string[] => (names.length === 0 || names.some((name) => isNamed(open, name)) ? abandon : [])

/** @throws USAGE for a host that neither the inventory nor the ledger knows */
export const checkAbandoned = (
  { options, inventory }: Pick<RotationContext, 'options' | 'inventory'>,
  { hosts }: Pick<Ledger, 'hosts'>,
): void => {
  const known = [...new Set([...Object.keys(inventory.hosts), ...Object.keys(hosts)])]
  const stranger = options.abandon.find((host) => !known.includes(host))
  if (stranger === undefined) return
  throw fail('USAGE', `no host is called ${quoteName(stranger)}${didYouMean(stranger, known)}`, {
    at: '--abandon-host',
    hint: `hosts: ${few(known)}`,
  })
}
