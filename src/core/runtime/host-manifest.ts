import { fail } from '../errors.ts'
import { headShape, type SignedHead } from '../log/head.ts'
import { isFingerprint } from '../secrets/fingerprint.ts'
import { isHostName, isPathName, isSecretName } from '../names.ts'
import { dictionary, integer, list, nullable, shape, text, type Shape } from '../shape.ts'

/** What binds the files of one scope of one generation together: manifest.json, under a MAC keyed from the scope
 *  password (crypto/manifest-mac.ts). Times are ISO in UTC with seconds. */
export interface HostManifest {
  readonly format: 1
  readonly project: string
  readonly environment: string
  readonly host: string
  /** `host`, or `container/<name>`. */
  readonly scope: string
  readonly generation: { readonly number: number; readonly id: string }
  readonly revision: number
  readonly secrets: Readonly<Record<string, ManifestSecret>>
  /** Every file beside the manifest, by name. */
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly size: number }>>
  readonly runtime: {
    readonly rung: string
    /** Where the password is looked for, in order. */
    readonly chain: readonly string[]
    /** Owner of the scope's files, where it is not root. */
    readonly uid?: number
  }
  /** Host scope: the end of the access log of the clone that delivered. */
  readonly log?: SignedHead
  /** The host's own fingerprint key, sealed; see `unwrapFingerprintKey`. */
  readonly fingerprintKey: string
}

export interface ManifestSecret {
  readonly group: string
  readonly version: number
  readonly set: string
  readonly rotated?: string
  readonly fingerprint: string
}

/** Reads the part of manifest.json that the MAC is over. Members it does not know are passed over: a newer lockstep may
 *  have written them, under the same MAC. @throws TAMPERED saying which member is wrong */
export const parseHostManifest = (value: unknown, at: string): HostManifest => {
  const { log, ...read } = document(value, at)
  if (read.format !== 1) {
    throw fail('TAMPERED', 'a manifest of an unknown format', { at, hint: 'a newer lockstep may know it: update' })
  }
  const { uid, rung, chain } = read.runtime
  const secrets = Object.entries(read.secrets).map(([name, { rotated, ...rest }]): [string, ManifestSecret] => {
    if (!isSecretName(name)) throw fail('TAMPERED', 'expected names of secrets', { at: `${at}.secrets` })
    return [name, { ...rest, ...(rotated === null ? {} : { rotated }) }]
  })
  for (const name of Object.keys(read.files)) {
    if (!/^[a-z0-9][a-z0-9_-]*\.env$/.test(name))
      throw fail('TAMPERED', 'expected names of files', { at: `${at}.files` })
  }
  return {
    ...read,
    format: 1,
    secrets: Object.fromEntries(secrets),
    runtime: { rung, chain, ...(uid === null ? {} : { uid }) },
    ...(log === null ? {} : { log }),
  }
}

const matching =
  (isRight: (text: string) => boolean, expected: string): Shape<string> =>
  (value, at) => {
    const found = text(value, at)
    if (isRight(found)) return found
    throw fail('TAMPERED', `expected ${expected}`, { at })
  }

const count: Shape<number> = (value, at) => {
  const found = integer(value, at)
  if (found >= 0) return found
  throw fail('TAMPERED', 'expected a count', { at })
}

const name = matching(isPathName, 'a name')
const time = matching((found) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(found), 'a time in UTC')
const hex = (digits: number): Shape<string> =>
  matching((found) => found.length === digits && /^[0-9a-f]+$/.test(found), `${digits} hex digits`)
const scopeName = (found: string): boolean =>
  found === 'host' || (found.startsWith('container/') && isPathName(found.slice('container/'.length)))

const document = shape({
  format: integer,
  project: name,
  environment: text,
  host: matching(isHostName, "a host's name"),
  scope: matching(scopeName, 'a scope'),
  generation: shape({ number: count, id: hex(32) }),
  revision: count,
  secrets: dictionary(
    shape({
      group: name,
      version: count,
      set: time,
      rotated: nullable(time),
      fingerprint: matching(isFingerprint, 'a fingerprint'),
    }),
  ),
  files: dictionary(shape({ sha256: hex(64), size: count })),
  runtime: shape({ rung: name, chain: list(name), uid: nullable(count) }),
  log: nullable(headShape),
  fingerprintKey: text,
})
