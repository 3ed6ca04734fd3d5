import { fail } from '../../core/errors.ts'
import type { ProjectSecret } from '../../core/fleet/desired.ts'
import type { SignedHead } from '../../core/log/head.ts'
import type { Manifest } from '../../core/manifest/manifest.ts'
import type { Secret } from '../../core/secret.ts'
import type { ProjectKeys } from '../../crypto/fingerprint.ts'
import type { OpenProject } from '../project/open-project.ts'

/** A secret with its value. */
export interface ValuedSecret extends ProjectSecret {
  readonly value: Secret
}

/** What fleet verbs need of an opened project. */
export interface FleetProject {
  readonly root: string
  readonly environment: string
  readonly manifest: Manifest
  /** Names of all groups, in order. */
  readonly groups: readonly string[]
  /** Every secret, per-host ones too. */
  readonly secrets: readonly ValuedSecret[]
  readonly keys: ProjectKeys
  /** The end of the access log, for hosts to keep; null where nothing is delivered. */
  readonly log: SignedHead | null
  readonly password: Secret
  /** Directory of what we may forget: .lockstep */
  readonly state: string
}

/** Opens everything: a delivery needs every value, an audit every fingerprint. */
export const fleetProject = async (open: OpenProject, log: SignedHead | null = null): Promise<FleetProject> => {
  const [keys, metadata, files] = await Promise.all([open.keys(), open.metadata(), open.readAll()])
  const { root, environment, manifest, paths } = open.project
  const secrets = files.flatMap((file) =>
    [...file.values].map(([name, value]): ValuedSecret => {
      const record = metadata.files.get(file.path)?.get(name)
      if (record === undefined) throw fail('INTERNAL', 'a checked secret has no record', { at: name })
      const { version, set, rotated } = record
      return { name, group: file.group, host: file.host, version, set, rotated, value }
    }),
  )
  const declared = manifest.groups.map((one) => one.name)
  const present = files.map((file) => file.group)
  return {
    root,
    environment,
    manifest,
    groups: [...new Set([...declared, ...present])],
    secrets,
    keys,
    log,
    password: open.password,
    state: paths.state,
  }
}
