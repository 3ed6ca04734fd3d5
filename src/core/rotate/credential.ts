import type { Rotate } from '../manifest/manifest.ts'

/** What is replaced as one: an access key's id and secret, a key pair, one random value. */
export interface Credential {
  /** Names it in plans, in the ledger and on the command line: `aws`, `session/SESSION_KEY`, `aws@onode1`. */
  readonly id: string
  readonly group: string
  /** Null: the same on every host; else the value of this host alone. */
  readonly host: string | null
  /** The secrets it consists of, in the manifest's order. */
  readonly names: readonly string[]
  readonly rotate: Rotate
}

export const credentialId = ({ group, host }: Pick<Credential, 'group' | 'host'>, name: string | null): string =>
  `${group}${name === null ? '' : `/${name}`}${host === null ? '' : `@${host}`}`
