import type { Random } from '../../core/ports.ts'
import { Secret } from '../../core/secret.ts'
import type { Seal } from '../../crypto/ansible-vault.ts'
import { prepareSeal } from '../../crypto/ansible-vault.ts'

/** A new password that exists on one host alone, and files under it. */
export interface ScopePassword {
  readonly password: Secret
  readonly seal: Seal
}

/** Passwords of the scopes of a delivery. Deriving the key of a file takes milliseconds and needs neither the host nor
 *  the text, so some can be derived while there is nothing else to do. */
export interface ScopePasswords {
  take(): ScopePassword
  /** Derives keys for so many scopes of so many files, one after the other so that a core stays free; ends when the
   *  first is taken. */
  ahead(scopes: number, files: number): Promise<void>
}

interface Made {
  readonly password: Secret
  readonly seals: Seal[]
}

export const scopePasswords = (random: Random): ScopePasswords => {
  const made: Made[] = []
  const first = new AbortController()

  const make = (): Made => ({ password: new Secret(Buffer.from(random.bytes(32)).toString('base64url')), seals: [] })

  return {
    take: () => {
      first.abort()
      const { password, seals } = made.shift() ?? make()
      const next = (): Promise<Seal> => {
        const ready = seals.pop()
        return ready === undefined ? prepareSeal(password, random) : Promise.resolve(ready)
      }
      return { password, seal: async (plaintext, label) => (await next())(plaintext, label) }
    },
    ahead: async (scopes, files) => {
      for (let scope = 0; scope < scopes && !first.signal.aborted; scope++) {
        const one = make()
        made.push(one)
        for (let file = 0; file < files && !first.signal.aborted; file++)
          one.seals.push(await prepareSeal(one.password, random))
      }
    },
  }
}
