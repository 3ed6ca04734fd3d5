import type { Metadata } from '../../core/secrets/metadata.ts'
import { emptyMetadata } from '../../core/secrets/metadata.ts'
import type { FileChange, Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import { sealVault } from '../../crypto/ansible-vault.ts'
import type { ProjectKeys } from '../../crypto/fingerprint.ts'
import { projectKeys } from '../../crypto/fingerprint.ts'
import { sealMetadata } from '../../crypto/metadata-mac.ts'
import type { Project } from './project.ts'
import { printProjectKey } from './project-key.ts'

/** The files every environment starts with: a fingerprint key, and metadata that `fill` completes. */
export const newSecrets = async (
  { random }: Pick<Ports, 'random'>,
  project: Project,
  password: Secret,
  fill: (metadata: Metadata, keys: ProjectKeys) => Metadata = (metadata) => metadata,
): Promise<readonly FileChange[]> => {
  const root = random.bytes(32)
  const keys = projectKeys(root)
  const { manifest, environment, paths } = project
  const metadata = fill(emptyMetadata(manifest.project, environment), keys)
  const line = new TextEncoder().encode(printProjectKey({ root, former: [] }))
  return [
    {
      path: `${paths.secretsName}/fingerprint-key`,
      bytes: await sealVault(line, password, { label: manifest.project, random }),
    },
    {
      path: `${paths.secretsName}/metadata.yaml`,
      bytes: new TextEncoder().encode(sealMetadata(metadata, keys.metadata)),
    },
  ]
}

/** A password of 256 random bits, as text for one line. */
export const newPassword = ({ random }: Pick<Ports, 'random'>): string =>
  Buffer.from(random.bytes(32)).toString('base64url')
