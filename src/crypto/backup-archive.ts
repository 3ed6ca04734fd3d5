import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { parseContainer, printContainer, type Container } from '../core/backup/container.ts'
import { printContents, type Contents } from '../core/backup/contents.ts'
import { fail } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { macOfText, type BackupKeys } from './backup-keys.ts'
import { sha256 } from './derive.ts'
import { engine } from './engine.ts'

/** A new recovery identity: its public and its private side. */
export const newRecovery = async (): Promise<{ readonly recipient: string; readonly key: Secret }> => {
  const key = await generateX25519Identity()
  return { recipient: await identityToRecipient(key), key: new Secret(key) }
}

/** The public side of an age identity. @throws USAGE for what is none */
export const recipientOf = async (key: Secret, options: { readonly at: string }): Promise<string> => {
  try {
    return await identityToRecipient(key.reveal())
  } catch (cause) {
    throw fail('USAGE', 'this identity is not as it was written', {
      at: options.at,
      hint: 'compare it with the original, letter by letter',
      cause,
    })
  }
}

/** Seals what is to be kept for the recovery recipient and for our own side. */
export const sealArchive = async (
  contents: Contents,
  bodies: readonly Uint8Array[],
  { keys, recovery }: { readonly keys: BackupKeys; readonly recovery: string },
): Promise<Uint8Array> => {
  const encrypter = new Encrypter()
  encrypter.addRecipient(recovery)
  encrypter.addRecipient(await identityToRecipient(keys.identity))
  return encrypter.encrypt(printContainer({ contents, mac: macOfContents(contents, keys), bodies }))
}

/** Decrypts an archive and reads all of it: every file is what the list of contents says. Whether the list is ours is
 *  `isOurs`'s to say. Null when none of the identities is one it was sealed for.
 *  @throws TAMPERED for a changed, cut or foreign file; CONFLICT for one of a newer lockstep */
export const openArchive = async (
  bytes: Uint8Array,
  identities: readonly Secret[],
  options: { readonly at: string },
): Promise<Container | null> => {
  const plaintext = await decrypted(bytes, identities, options.at)
  if (plaintext === null) return null
  const container = parseContainer(plaintext, options.at)
  container.contents.files.forEach(({ path, sha256: digest }, index) => {
    if (sha256(container.bodies[index] ?? new Uint8Array()) === digest) return
    throw fail('TAMPERED', `${path} in it is not what its list of contents says`, options)
  })
  return container
}

/** Was this list of contents written by who had this project key? */
export const isOurs = ({ contents, mac }: Container, keys: Pick<BackupKeys, 'contents'>): boolean =>
  engine.same(Buffer.from(mac, 'hex'), Buffer.from(macOfContents(contents, keys), 'hex'))

const macOfContents = (contents: Contents, keys: Pick<BackupKeys, 'contents'>): string =>
  macOfText(keys.contents, printContents(contents))

const decrypted = async (bytes: Uint8Array, identities: readonly Secret[], at: string): Promise<Uint8Array | null> => {
  const decrypter = new Decrypter()
  for (const identity of identities) decrypter.addIdentity(identity.reveal())
  let isForUs = true
  // asked last, and only when nobody before knew the file
  decrypter.addIdentity({ unwrapFileKey: () => ((isForUs = false), null) })
  try {
    return await decrypter.decrypt(bytes)
  } catch (cause) {
    if (!isForUs) return null
    throw fail('TAMPERED', 'not a backup, or it was changed', { at, hint: 'lockstep backup-verify', cause })
  }
}
