import { writeEnv, type EnvFormat } from '../../core/formats/env-formats.ts'
import { Secret } from '../../core/secret.ts'
import type { OpenProject } from '../project/open-project.ts'
import { selectSecrets, type Selection } from './select-secrets.ts'

export interface ExportOptions extends Selection {
  readonly format: EnvFormat
}

export interface Exported {
  readonly text: Secret
  readonly secrets: ReadonlyMap<string, Secret>
}

/** The secrets of some groups, or of all, as one text.
 *  @throws NOT_FOUND for a group that is not there; USAGE naming what the format cannot carry; TAMPERED */
export const exportSecrets = async (open: OpenProject, options: ExportOptions): Promise<Exported> => {
  const secrets = await selectSecrets(open, options)
  const sorted = new Map(Array.from(secrets).sort(([a], [b]) => (a < b ? -1 : 1)))
  return { text: new Secret(writeEnv(options.format, sorted)), secrets: sorted }
}
