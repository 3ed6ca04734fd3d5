import type { Canonical } from '../canonical.ts'
import type { Inventory } from './inventory.ts'

/** The fleet, as use cases see it: a script is run for every host over whatever carries frames to its receiver. */
export interface Fleet {
  /** Makes sure that there is an Ansible to run: where the machine has none that is new enough, one is installed for us
   *  alone, and `report` told so.
   *  @throws NOT_FOUND without a Python that will do; UNAVAILABLE when it cannot be installed */
  prepare(report: (line: string) => void): Promise<void>
  /** Runs the script for each host it wants, all at once; resolves to what `prepare` gave, when every host's script has
   *  ended or the hosts that never came are known.
   *  @throws CONFIG when Ansible is missing, too old, or refuses the inventory */
  run<T extends Prepared>(job: FleetJob<T>): Promise<T>
  /** Answers a playbook of the user's, from its first task of ours until the process `parent` has ended. */
  serve(job: ServeJob): Promise<void>
}

export interface ServeJob {
  /** Path of the socket to listen on, in a directory that only we can enter. */
  readonly socket: string
  /** Process id of ansible-playbook. */
  readonly parent: number
  /** When it throws, every host's task fails with that message. */
  prepare(): Promise<Prepared>
}

/** What hosts are led by. */
export interface Prepared {
  /** Patterns to be resolved by Ansible: those of the manifest and of --hosts. */
  readonly patterns: readonly string[]
  readonly script: FleetScript
}

export interface FleetJob<T extends Prepared> {
  /** Called at once; Ansible starts meanwhile. No host is connected to before it is done, and none where it throws: the
   *  run ends with that. */
  prepare(): Promise<T>
  /** Path of the inventory; null: what ansible.cfg says, else inventory/production. */
  readonly inventory: string | null
  /** The project's root: Ansible runs there. */
  readonly directory: string
  /** What the person wrote after `--`, for ansible-playbook. */
  readonly arguments: readonly string[]
}

/** Called in this order: `begin` once, then for each host `phase` one or more times, `gone` for a host that was wanted
 *  and did not come or was lost on the way. */
export interface FleetScript {
  /** Which hosts are wanted. An error thrown here ends the run before anything is sent. */
  begin(inventory: Inventory): readonly string[] | Promise<readonly string[]>
  phase(host: HostChannel, phase: Phase): Promise<PhaseResult>
  gone(host: string, loss: HostLoss): void
}

/** `all` where we run the play ourselves; one after the other, each for all hosts, in a playbook of the user's. */
export type Phase = 'all' | 'inspect' | 'stage' | 'switch' | 'record'

export interface HostChannel {
  readonly name: string
  /** Hosts that come in the same batch of the play, this one included. */
  readonly batch: readonly string[]
  /** True under ansible-playbook --check. */
  readonly check: boolean
  /** One remote call. Blobs travel on standard input behind the header.
   *  @throws what the receiver refused, with its code; UNAVAILABLE when the host is lost or does not answer in time */
  call(operation: Operation, options?: CallOptions): Promise<unknown>
}

export interface CallOptions {
  readonly blobs?: readonly Uint8Array[]
  /** Milliseconds (default 60 000). */
  readonly timeout?: number
}

export interface Operation {
  readonly op:
    | 'inspect'
    | 'enrol'
    | 'stage'
    | 'switch'
    | 'prune'
    | 'record'
    | 'install'
    | 'replace'
    | 'settle'
    | 'mend'
    | 'events'
    | 'watch'
    | 'output'
    | 'keep_backup'
    | 'list_backups'
    | 'give_backups'
    | 'drop_backups'
  readonly directory: string
  readonly [key: string]: Canonical | undefined
}

/** What Ansible reports for this host's task. */
export interface PhaseResult {
  readonly changed: boolean
  readonly failed?: { readonly code: string; readonly message: string }
  /** Names and fingerprints, for --diff. */
  readonly diff?: { readonly before: string; readonly after: string }
  readonly facts?: Canonical
}

const lossCodes = ['UNAVAILABLE', 'DENIED', 'UNSAFE', 'INTERNAL'] as const

export interface HostLoss {
  readonly code: (typeof lossCodes)[number]
  readonly reason: string
  readonly hint: string | null
}

/** A host that is lost with any other code is lost as `UNSAFE`. */
export const lossCode = (code: string): HostLoss['code'] => lossCodes.find((one) => one === code) ?? 'UNSAFE'
