import type { Canonical } from '../../core/canonical.ts'
import type { Mend } from '../../core/audit/mend.ts'
import type { HostChannel } from '../../core/fleet/fleet.ts'
import { list, nullable, shape, text } from '../../core/shape.ts'

export interface MendTarget {
  readonly directory: string
  /** Of the machine that was set up: no other is touched. */
  readonly identity: {
    readonly project: string
    readonly environment: string
    readonly host: string
    readonly id: string
  }
}

/** Mends these paths, each only where it still is as it was seen. For each, in their order: null where it was done, else
 *  why not. @throws CONFLICT while a delivery holds the host, or when it is another machine */
export const mendHost = async (
  host: HostChannel,
  { directory, identity }: MendTarget,
  mends: readonly Mend[],
): Promise<readonly (string | null)[]> => {
  const answer = await host.call({ op: 'mend', directory, identity: { ...identity }, items: mends.map(itemOf) })
  return answers(answer, `${host.name}: mend`).mended
}

const answers = shape({ mended: list(nullable(text)) })

const itemOf = ({ path, seen, mode, uid, attributes }: Mend): Canonical => ({
  path,
  seen: { ...seen },
  ...(mode === undefined ? {} : { mode }),
  ...(uid === undefined ? {} : { uid }),
  ...(attributes === undefined ? {} : { attributes: [...attributes] }),
})
