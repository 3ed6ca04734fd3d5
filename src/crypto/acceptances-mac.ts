import { canonical } from '../core/canonical.ts'
import type { Acceptances } from '../core/audit/acceptance.ts'
import { acceptancesInput, printAcceptances } from '../core/audit/acceptance.ts'
import { keyedHash } from './derive.ts'
import { engine } from './engine.ts'

interface Owner {
  readonly project: string
  readonly environment: string
}

/** The text of secrets/accepted-findings.json under its MAC. `key` is the project's sub-key `lockstep/metadata`; what is
 *  hashed begins with words of its own. */
export const sealAcceptances = (
  owner: Owner,
  acceptances: Acceptances,
  key: Uint8Array,
): { readonly text: string; readonly mac: string } => {
  const mac = Buffer.from(macOf(owner, acceptances, key)).toString('hex')
  return { text: printAcceptances(acceptances, mac), mac }
}

/** Is this the MAC of these, under this key? */
export const isAcceptancesMac = (
  owner: Owner,
  { mac, ...acceptances }: Acceptances & { readonly mac: string },
  key: Uint8Array,
): boolean => engine.same(Buffer.from(mac, 'hex'), macOf(owner, acceptances, key))

const macOf = (owner: Owner, acceptances: Acceptances, key: Uint8Array): Uint8Array =>
  keyedHash(
    key,
    new TextEncoder().encode(`lockstep/accepted-findings\n${canonical(acceptancesInput(owner, acceptances))}`),
  )
