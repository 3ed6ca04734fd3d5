import { fail } from '../errors.ts'
import { passwordBits } from './password-strength.ts'
import { Secret } from '../secret.ts'

/** The floor for a password we seal with: seven diceware words, or anything generated. */
const floor = 80

/** What a password file means: its bytes without the ASCII blanks around them, exactly as Ansible reads one.
 *  @throws USAGE when nothing is left */
export const passwordFromFile = (bytes: Uint8Array, options: { readonly at?: string } = {}): Secret => {
  let [from, to] = [0, bytes.length]
  while (from < to && isBlank(bytes[from])) from++
  while (to > from && isBlank(bytes[to - 1])) to--
  if (to > from) return new Secret(bytes.subarray(from, to))
  throw fail('USAGE', 'the password is empty', {
    ...(options.at === undefined ? {} : { at: options.at }),
    hint: 'lockstep init generates one',
  })
}

/** Before anything is sealed under a password that somebody chose. Opening takes any password.
 *  @throws UNSAFE under 80 bits as password-strength.ts estimates them */
export const checkPasswordStrength = (password: Secret, options: { readonly at?: string } = {}): void => {
  if (passwordBits(password.reveal()) >= floor) return
  throw fail('UNSAFE', 'the password is too easy to guess', {
    ...(options.at === undefined ? {} : { at: options.at }),
    hint: 'take a generated one (lockstep rekey makes it), or at least seven random words',
  })
}

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || (byte !== undefined && byte >= 9 && byte <= 13)
