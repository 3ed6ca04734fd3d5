import { Decrypter, Encrypter, armor } from 'age-encryption'
import { fail, type SecretsError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import { sshIdentity, sshRecipient } from './age-ssh.ts'

/** Something that may open a file: the reading side of a recipient. */
export type AgeIdentity = Parameters<Decrypter['addIdentity']>[0]

/** Checks who is to read: `age1…` (also the post-quantum ones), or a line of an ssh public key, ed25519 or RSA from 2048
 *  bits. Gives the one spelling that is recorded: no comment behind an ssh key.
 *  @throws USAGE for anything else */
export const checkRecipient = (text: string): string => {
  const line = text.trim()
  const spelled = line.startsWith('ssh-')
    ? line
        .split(/[ \t]+/)
        .slice(0, 2)
        .join(' ')
    : line
  addRecipient(new Encrypter(), spelled)
  return spelled
}

/** Seals for all of these recipients, each of whom can open it alone; an armored age file.
 *  @throws USAGE for a recipient that is none, or for no recipient at all */
export const sealToRecipients = async (plaintext: Uint8Array, recipients: readonly string[]): Promise<Uint8Array> => {
  const encrypter = new Encrypter()
  if (recipients.length === 0) throw fail('USAGE', 'nobody to encrypt for')
  for (const recipient of recipients) addRecipient(encrypter, recipient)
  return new TextEncoder().encode(armor.encode(await encrypter.encrypt(plaintext)))
}

/** Opens an age file, armored or not. Null when none of the identities is one it was sealed for.
 *  @throws TAMPERED for a changed or damaged file */
export const openAge = async (
  file: Uint8Array,
  identities: readonly AgeIdentity[],
  options: { readonly at: string },
): Promise<Uint8Array | null> => {
  const decrypter = new Decrypter()
  for (const identity of identities) decrypter.addIdentity(identity)
  let isForUs = true
  // Asked last, and only when nobody before knew the file.
  decrypter.addIdentity({ unwrapFileKey: () => ((isForUs = false), null) })
  try {
    return await decrypter.decrypt(unarmored(file))
  } catch (cause) {
    if (!isForUs) return null
    const hint = 'restore it from git'
    throw fail('TAMPERED', 'not an age file, or it was changed', { at: options.at, hint, cause })
  }
}

/** The identities of a file: what age-keygen writes, or an ssh private key.
 *  @throws USAGE for a file with none, or an ssh key that has a passphrase */
export const readIdentities = (file: Secret, options: { readonly at: string }): readonly AgeIdentity[] => {
  const text = file.reveal()
  if (/^-----BEGIN [A-Z ]*PRIVATE KEY-----/m.test(text)) return [sshIdentity(text, options.at)]
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (keys.length === 0 || !keys.every(isIdentity)) throw noIdentity(options.at)
  return keys
}

const isIdentity = (key: string): boolean => {
  try {
    new Decrypter().addIdentity(key)
    return true
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}

const noIdentity = (at: string): SecretsError =>
  fail('USAGE', 'no age identity in this file', {
    at,
    hint: 'age-keygen -o FILE makes one; an ssh private key works too',
  })

const addRecipient = (encrypter: Encrypter, recipient: string): void => {
  if (recipient.startsWith('ssh-')) {
    encrypter.addRecipient(sshRecipient(recipient))
    return
  }
  try {
    encrypter.addRecipient(recipient)
  } catch (cause) {
    // Not shown: it may be the private key, given by mistake.
    throw fail('USAGE', 'this is no recipient', {
      hint: 'age1… as age-keygen prints it, or the line of an ssh public key (ssh-ed25519 …, ssh-rsa …)',
      cause,
    })
  }
}

const unarmored = (file: Uint8Array): Uint8Array => {
  const start = new TextDecoder().decode(file.subarray(0, 64)).trimStart()
  return start.startsWith('-----BEGIN AGE') ? armor.decode(new TextDecoder().decode(file)) : file
}
