import { fail } from '../../core/errors.ts'
import type { HostChannel } from '../../core/fleet/fleet.ts'
import type { OwnExecutable, Ports } from '../../core/ports.ts'
import { installFile } from './host-steps.ts'
import type { HostTarget } from './host-steps.ts'

/** Brings the executable to hosts, to two at once: each copy on its way takes a multiple of its size in memory. */
export interface Installer {
  /** Null where there is none to bring. */
  own(): Promise<OwnExecutable | null>
  install(host: HostChannel, target: HostTarget): Promise<void>
}

const atOnce = 2

export const makeInstaller = ({ assets }: Pick<Ports, 'assets'>): Installer => {
  const lanes: Promise<void>[] = Array.from({ length: atOnce }, () => Promise.resolve())
  let own: Promise<OwnExecutable | null> | null = null
  let packed: Promise<Uint8Array> | null = null
  let next = 0

  const find = (): Promise<OwnExecutable | null> => (own ??= assets.executable())

  const send = async (host: HostChannel, target: HostTarget): Promise<void> => {
    const executable = await find()
    if (executable === null) throw fail('INTERNAL', 'an executable was planned that is not there')
    packed ??= executable.packed()
    const file = { path: 'bin/lockstep', mode: 0o755, sha256: executable.digest, packed: await packed }
    await installFile(host, target, file)
  }

  return {
    own: find,
    install: (host, target) => {
      const lane = next++ % atOnce
      const work = (lanes[lane] ?? Promise.resolve()).then(() => send(host, target))
      lanes[lane] = work.catch(() => undefined)
      return work
    },
  }
}
