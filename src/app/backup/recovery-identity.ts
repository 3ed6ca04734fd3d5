import { printRecovery, type RecoveryIdentity } from '../../core/backup/recovery-text.ts'
import { parseSplit, printShare, shareBody } from '../../core/backup/share-text.ts'
import { isoTime } from '../../core/duration.ts'
import { fail } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import { newRecovery } from '../../crypto/backup-archive.ts'
import { checksumOf, splitIdentity } from '../../crypto/shares.ts'
import { changeProject, type ChangePorts } from '../project/change-project.ts'
import type { OpenProject } from '../project/open-project.ts'
import { keyringOf } from './backup-keyring.ts'
import { showOnTerminal, writeOutside } from './hand-over.ts'

export interface RecoveryOptions {
  /** A file outside the project, or, with `split`, a directory; null: the terminal. */
  readonly to: string | null
  /** `K/N`; null: whole. */
  readonly split: string | null
  /** Replace the one there is. */
  readonly renew: boolean
}

export interface MadeRecovery {
  readonly recipient: string
  /** Where it was written; empty: it was shown. */
  readonly files: readonly string[]
  /** Null: whole. */
  readonly split: { readonly k: number; readonly n: number } | null
}

/** One text that the person takes away: the identity, or one share. */
export interface HandedOver {
  /** What a file of it is called. */
  readonly name: string
  readonly text: Secret
  /** The last characters of its last line, to be typed back. */
  readonly ending: string
}

/** Makes the recovery identity, gives it away, and keeps only its public side: in the metadata, under their MAC. Null
 *  when the person at the terminal did not take it.
 *  @throws USAGE without a terminal or a place; CONFLICT where there is one already */
export const makeRecovery = async (
  ports: ChangePorts & Pick<Ports, 'terminal' | 'machine'>,
  open: OpenProject,
  { to, split: wanted, renew }: RecoveryOptions,
): Promise<MadeRecovery | null> => {
  const split = wanted === null ? null : parseSplit(wanted)
  if ((await open.metadata()).recovery !== null && !renew) {
    throw fail('CONFLICT', 'there is a recovery identity already', {
      hint: 'lockstep backup recovery --renew makes another; keep the old one for the backups that were made for it',
    })
  }
  if (to === null && !ports.terminal.isInteractive) throw noTerminal()
  const [{ check }] = keyringOf(await open.keys())
  const made = await newRecovery()
  const { manifest, environment } = open.project
  const identity: RecoveryIdentity = { project: manifest.project, environment, check, ...made }
  const texts = await textsOf(identity, split)
  const files = to === null ? [] : await writeOutside(ports, open.project, { to, texts, isSplit: split !== null })
  if (to === null && !(await showOnTerminal(ports, texts))) return null
  const { recipient } = identity
  await changeProject(ports, open, { recovery: { recipient, added: isoTime(ports.clock.now()), check } })
  return { recipient, files, split }
}

const textsOf = async (
  identity: RecoveryIdentity,
  split: { readonly k: number; readonly n: number } | null,
): Promise<readonly HandedOver[]> => {
  const name = `${identity.project}-${identity.environment}-recovery`
  if (split === null) {
    return [{ name: `${name}.txt`, text: printRecovery(identity), ending: identity.key.reveal().slice(-6) }]
  }
  const shares = await splitIdentity(identity, split)
  return shares.map((share) => {
    const checksum = checksumOf(shareBody(share))
    const file = `${name}-share-${share.index}-of-${share.n}.txt`
    return { name: file, text: printShare(share, checksum), ending: checksum.slice(-6) }
  })
}

const noTerminal = (): Error =>
  fail('USAGE', 'a recovery identity is shown at a terminal, and there is none here', {
    hint: 'lockstep backup recovery --to FILE writes it, outside the project: take the file to another place then',
  })
