import { unionFile } from '../../core/names.ts'
import type { DesiredHost, DesiredScope } from '../../core/fleet/desired.ts'
import { formatDotenvEntry } from '../../core/formats/dotenv.ts'
import type { Random } from '../../core/ports.ts'
import { Secret } from '../../core/secret.ts'
import { sha256 } from '../../crypto/derive.ts'
import { sealManifest, wrapFingerprintKey } from '../../crypto/manifest-mac.ts'
import type { FleetProject, ValuedSecret } from './fleet-project.ts'
import type { ScopePasswords } from './scope-passwords.ts'

/** One file of a generation on its way to a host. */
export interface SealedFile {
  /** Below the generation's directory. */
  readonly path: string
  readonly bytes: Uint8Array
  /** Owner; null: root. */
  readonly uid: number | null
}

export interface GenerationHead {
  readonly number: number
  /** 128 random bits, hex. */
  readonly id: string
  readonly revision: number
}

/** What nobody can guess. */
export interface Randomness {
  readonly random: Random
  readonly passwords: ScopePasswords
}

/** Encrypts everything one host gets, each scope under a new password of its own that exists only on the host. */
export const sealGeneration = async (
  project: FleetProject,
  desired: DesiredHost,
  head: GenerationHead,
  from: Randomness,
): Promise<readonly SealedFile[]> => {
  const scopes = await Promise.all(desired.scopes.map((scope) => sealScope(project, desired, scope, head, from)))
  return scopes.flat()
}

const sealScope = async (
  project: FleetProject,
  desired: DesiredHost,
  scope: DesiredScope,
  head: GenerationHead,
  { random, passwords }: Randomness,
): Promise<readonly SealedFile[]> => {
  const { password, seal } = passwords.take()
  const base = scope.scope === 'host' ? '' : `containers/${scope.scope.slice('container/'.length)}/`
  const { uid } = scope
  const sealed = await Promise.all(
    plainFiles(project, scope).map(async (file) => ({
      name: file.name,
      bytes: await seal(file.plaintext, project.manifest.project),
    })),
  )
  const context = { project: project.manifest.project, host: desired.host, scope: scope.scope }
  const manifest = sealManifest(
    {
      format: 1,
      ...context,
      environment: project.environment,
      generation: { number: head.number, id: head.id },
      revision: head.revision,
      secrets: Object.fromEntries(scope.secrets.map((one) => [one.name, factsOf(one)])),
      files: Object.fromEntries(
        sealed.map((file) => [file.name, { sha256: sha256(file.bytes), size: file.bytes.length }]),
      ),
      runtime: { rung: desired.rung, chain: ['file'], ...(uid === null ? {} : { uid }) },
      ...(scope.scope === 'host' && project.log !== null ? { log: project.log } : {}),
      fingerprintKey: await wrapFingerprintKey(project.keys.host(desired.host), password, context, random),
    },
    password,
  )
  return [
    { path: `${base}vault-password`, bytes: new TextEncoder().encode(`${password.reveal()}\n`), uid },
    ...sealed.map((file) => ({ path: `${base}secrets/${file.name}`, bytes: file.bytes, uid })),
    { path: `${base}secrets/manifest.json`, bytes: new TextEncoder().encode(manifest), uid },
  ]
}

const factsOf = (
  one: DesiredScope['secrets'][number],
): {
  group: string
  version: number
  set: string
  rotated?: string
  fingerprint: string
} => ({
  group: one.group,
  version: one.version,
  set: one.set,
  ...(one.rotated === null ? {} : { rotated: one.rotated }),
  fingerprint: one.fingerprint,
})

/** The union and one file for each group, as dotenv text. */
const plainFiles = (
  project: FleetProject,
  scope: DesiredScope,
): readonly { readonly name: string; readonly plaintext: Uint8Array }[] => {
  const values = new Map(project.secrets.map((one) => [keyOf(one), one]))
  const textOf = (chosen: DesiredScope['secrets']): Uint8Array =>
    new TextEncoder().encode(chosen.map((one) => lineOf(values.get(keyOf(one)))).join(''))
  return [
    { name: unionFile, plaintext: textOf(scope.secrets) },
    ...scope.groups.map((group) => ({
      name: `${group}.env`,
      plaintext: textOf(scope.secrets.filter((one) => one.group === group)),
    })),
  ]
}

/** What one scope of a host should hold, by name. */
export const valuesOf = (project: FleetProject, desired: DesiredHost, scope: string): ReadonlyMap<string, Secret> => {
  const values = new Map(project.secrets.map((one) => [keyOf(one), one.value]))
  const placed = desired.scopes.find((one) => one.scope === scope)?.secrets ?? []
  return new Map(placed.flatMap((one): [string, Secret][] => pairOf(one.name, values.get(keyOf(one)))))
}

const pairOf = (name: string, value: Secret | undefined): [string, Secret][] =>
  value === undefined ? [] : [[name, value]]

const keyOf = (one: { readonly name: string; readonly host: string | null }): string => `${one.host ?? ''}\0${one.name}`

const lineOf = (secret: ValuedSecret | undefined): string =>
  secret === undefined ? '' : `${formatDotenvEntry(secret.name, secret.value)}\n`
