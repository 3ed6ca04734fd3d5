import type { Identity } from './accounts.ts'
import type { Secret } from '../secret.ts'

/** The program that takes our place. */
export interface Program {
  /** Full path, or a path with a slash in it. */
  readonly path: string
  /** What the program is told it was called as. */
  readonly name: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Null: stay who we are. */
  readonly identity: Identity | null
}

/** The door through which this process becomes another program. */
export interface Launcher {
  /** Puts one file per secret into `directory`, each 0400 and owned by `identity` from before it has its name.
   *  The directory is made (0700) where it is missing; what an earlier call put there and this one does not is
   *  removed. Gives the path of each.
   *  @throws UNSAFE for a link, for a directory that is not in memory (where the system has such), and for one that
   *  others can write to */
  place(
    directory: string,
    secrets: ReadonlyMap<string, Secret>,
    identity: Identity | null,
  ): Promise<ReadonlyMap<string, string>>
  /** Drops to `identity` for good, then replaces this process: same PID, so signals and exit status are the program's
   *  own. Where the system cannot replace a process, stays, passes signals on, and gives the exit status (128+N).
   *  @throws NOT_FOUND, DENIED or UNSAFE for what cannot be run or become */
  become(program: Program): Promise<number>
}
