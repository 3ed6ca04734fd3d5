import { checkHostName, checkSecretName } from '../../core/names.ts'
import type { Manifest } from '../../core/manifest/manifest.ts'
import type { Secret } from '../../core/secret.ts'
import type { Changed, ChangePorts, ManifestEdit } from '../project/change-project.ts'
import { changeProject } from '../project/change-project.ts'
import { chooseGroup } from './choose-group.ts'
import type { OpenProject } from '../project/open-project.ts'

export interface SetOptions {
  readonly group?: string | undefined
  /** This host's own value instead of the shared one. */
  readonly host?: string | undefined
}

/** Where a value for this name would go. Asked before the value is, so that nobody types one in vain.
 *  @throws USAGE, CONFLICT */
export const placeForSecret = async (
  open: OpenProject,
  name: string,
  options: SetOptions = {},
): Promise<{ readonly group: string; readonly host: string | null }> => {
  checkSecretName(name)
  const host = options.host ?? null
  if (host !== null) checkHostName(host)
  return { group: chooseGroup(open.project.manifest, await open.metadata(), name, options.group), host }
}

/** Writes a new version of a secret, and declares it where the manifest lists keys. The same value again changes
 *  nothing. @throws as placeForSecret and changeProject */
export const setSecret = async (
  ports: ChangePorts,
  open: OpenProject,
  { name, value, ...options }: SetOptions & { readonly name: string; readonly value: Secret },
): Promise<Changed & { readonly group: string }> => {
  const { group, host } = await placeForSecret(open, name, options)
  const manifest = declaring(open.project.manifest, [{ group, name }])
  const changed = await changeProject(ports, open, { writes: [{ group, host, name, value }], ...manifest })
  return { ...changed, group }
}

/** The edit of lockstep.yaml that declares these. A manifest without groups needs none: there the files say. */
export const declaring = (
  manifest: Manifest,
  keys: readonly { readonly group: string; readonly name: string }[],
): { readonly manifest?: ManifestEdit } => {
  const isPrevious = (name: string): boolean => manifest.groups.some((group) => group.rotate?.previous === name)
  const missing = keys.filter(({ name }) => !isPrevious(name))
  if (manifest.groups.length === 0 || missing.length === 0) return {}
  const edit: ManifestEdit = async (text) => {
    const { declareKey } = await import('../../core/manifest/manifest-edit.ts')
    return missing.reduce((edited, { group, name }) => declareKey(edited, group, name), text)
  }
  return { manifest: edit }
}
