import { fail, type SecretsError } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import { defaultPasswordFile, findScope, scopePaths } from './default-places.ts'

export interface RunPlace {
  readonly passwordFile?: string | undefined
  readonly directory?: string | undefined
  /** None named: all of them. */
  readonly groups: readonly string[]
  /** Refuse files without an authenticated manifest. */
  readonly verified: boolean
}

export type ScopePorts = Pick<Ports, 'files' | 'clock' | 'random' | 'machine' | 'provider'>

/** Is this a container, or a host, that has been delivered to? Named places say so, and so does a password where
 *  containers have it. */
export const isDeliveredTo = async (ports: Pick<Ports, 'files' | 'machine'>, place: RunPlace): Promise<boolean> =>
  place.passwordFile !== undefined || place.directory !== undefined || (await findScope(ports)) !== null

/** The secrets delivered here, verified. @throws as loadOnce: a program is not started degraded */
export const deliveredSecrets = async (ports: ScopePorts, place: RunPlace): Promise<ReadonlyMap<string, Secret>> => {
  const { loadOnce } = await import('./load-once.ts')
  const { secrets } = await loadOnce(ports, {
    ...(await scopePaths(ports, place)),
    groups: place.groups.length === 0 ? null : place.groups,
    verified: place.verified,
  })
  return secrets
}

/** What to say when there is neither a delivery nor a project. */
export const noSecretsHere = (): SecretsError =>
  fail('NOT_FOUND', `no secrets here: neither ${defaultPasswordFile} nor a lockstep.yaml`, {
    hint: 'in a container, mount what `lockstep deploy` delivers; elsewhere, run it inside a project',
  })
