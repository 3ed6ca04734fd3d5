import { bech32 } from './bech32.ts'
import { deriveKey, keyedHash } from './derive.ts'

/** What the project key gives for backups: to open them and to know that one is ours. No host has any of it. */
export interface BackupKeys {
  /** The age identity that archives are sealed for besides the recovery recipient: `AGE-SECRET-KEY-1…` */
  readonly identity: string
  /** For the MAC of a list of contents. */
  readonly contents: Uint8Array
  /** For the MAC of backups/list.json and of the note that hosts keep. */
  readonly list: Uint8Array
  /** Says which project key this is, and nothing else of it; the recovery identity names it. 32 hex digits. */
  readonly check: string
}

/** Of the sub-key of one project key: `ProjectKeys.backup()`. */
export const backupKeys = (root: Uint8Array): BackupKeys => ({
  identity: bech32('age-secret-key-', deriveKey(root, 'lockstep/backup-identity')).toUpperCase(),
  contents: deriveKey(root, 'lockstep/backup-contents'),
  list: deriveKey(root, 'lockstep/backup-list'),
  check: Buffer.from(deriveKey(root, 'lockstep/backup-check', 16)).toString('hex'),
})

/** HMAC-SHA256 of a text, hex. */
export const macOfText = (key: Uint8Array, text: string): string =>
  Buffer.from(keyedHash(key, new TextEncoder().encode(text))).toString('hex')
