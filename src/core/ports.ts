/** The doors to the outside, as the rest of us sees them. The real ones are in io/, joined in wire.ts. */
import type { Fleet } from './fleet/fleet.ts'
import type { Launcher } from './runtime/launcher.ts'
import type { Rotate } from './manifest/manifest.ts'
import type { Credential } from './rotate/credential.ts'
import type { Rotator } from './rotate/rotator.ts'
import type { Provider } from './runtime/provider.ts'

/** Facts about one path, never following a link in its last component. Mode is the permission bits only. */
export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'link' | 'fifo' | 'other'
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly links: number
  readonly modifiedAt: number
}

export interface PathOptions {
  /** The path must lie below this directory, and no link between the two is followed (UNSAFE). */
  readonly under?: string
}

export interface ReadOptions extends PathOptions {
  /** Largest size accepted, in bytes (default 64 MiB). */
  readonly max?: number
  /** Refuse (UNSAFE) a file that group or others can read or write, or that belongs to neither us nor root. */
  readonly private?: boolean
  /** Also read a FIFO (to its end, within 10 s) where a regular file is expected. */
  readonly fifo?: boolean
  /** Follow a link that belongs to us or root and lies in a directory that nobody else can change, as a host's
   *  `vault-password` does; what it leads to is held to all the rest. */
  readonly ownLink?: boolean
}

export interface WriteOptions extends PathOptions {
  /** Default 0600, whatever the umask. */
  readonly mode?: number
  /** False: old or new after a crash of ours, either of both or an empty file after one of the machine. For a small file
   *  that one process at a time writes. Default true. */
  readonly durable?: boolean
}

/** The end of a file. */
export interface FileTail {
  /** Of the whole file. */
  readonly size: number
  readonly bytes: Uint8Array
}

export interface Files {
  /** The whole file. Null when nothing is there.
   *  @throws UNSAFE for a link, device, directory, a file over `max`, or one that `private` refuses; UNAVAILABLE on EIO */
  read(path: string, options?: ReadOptions): Promise<Uint8Array | null>
  /** Replaces the file or makes it: written beside at `mode` (default 0600) from its first instant, fsynced, renamed
   *  over, directory fsynced. The old content or the new, whatever happens.
   *  @throws UNSAFE when the target is a link or has other hard links; UNAVAILABLE on a full or read-only disk */
  write(path: string, bytes: Uint8Array, options?: WriteOptions): Promise<void>
  /** As write, but never over anything. @throws CONFLICT when something is there */
  create(path: string, bytes: Uint8Array, options?: WriteOptions): Promise<void>
  /** Replaces, makes and removes several files below `root` as one change that survives a kill at any step (see
   *  recover). Directories that are missing are made; no link below `root` is followed.
   *  @throws as write; CONFLICT when another process is in the middle of such a change */
  transact(root: string, changes: readonly FileChange[]): Promise<void>
  /** Finishes or sweeps what a killed `transact` left under `root`. True when there was something to finish. */
  recover(root: string): Promise<boolean>
  /** The size and the last `most` bytes of a file that is added to. Null when nothing is there.
   *  @throws UNSAFE for anything but a private file of ours with one name */
  tail(path: string, most: number, options?: PathOptions): Promise<FileTail | null>
  /** Writes at the offset `at`, which is the end or the beginning of what shall not stay, cuts what is behind, and puts
   *  it on the disk. Made at 0600, its directory too, where they are missing.
   *  @throws as tail; UNAVAILABLE on a full or read-only disk; DENIED */
  extend(path: string, at: number, bytes: Uint8Array, options?: PathOptions): Promise<void>
  /** Gives a file another name in its directory, for good. For who holds a lock: between looking whether the name is
   *  free and taking it, it could be taken. @throws CONFLICT; NOT_FOUND */
  rename(path: string, name: string, options?: PathOptions): Promise<void>
  stat(path: string): Promise<FileFacts | null>
  /** Names in a directory, sorted. Null when there is no such directory. */
  list(path: string): Promise<readonly string[] | null>
  /** Makes the directory and its parents; `mode` (default 0700) holds for what it makes. */
  makeDirectory(path: string, options?: WriteOptions): Promise<void>
  /** Removes a file, a link or an empty directory; nothing there is fine. */
  remove(path: string, options?: PathOptions): Promise<void>
  /** Runs `work` while holding an exclusive lock file (its directory is made); locks of dead processes are taken over.
   *  Not to be nested for one path.
   *  @throws CONFLICT naming the holder after `wait` ms (default 10 000) */
  locked<T>(path: string, work: () => Promise<T>, options?: { readonly wait?: number }): Promise<T>
  /** The same for work of a few milliseconds, at a fraction of the cost. Another kind of lock: a path is for one of both.
   *  @throws CONFLICT after 10 s; UNAVAILABLE, DENIED where there can be none */
  briefly<T>(path: string, work: () => Promise<T>, options?: PathOptions): Promise<T>
}

/** One file of a transaction; `bytes: null` removes it. */
export interface FileChange {
  /** Relative to the root, or absolute and below it. */
  readonly path: string
  readonly bytes: Uint8Array | null
  /** Default 0600. */
  readonly mode?: number
}

export interface RunOptions {
  readonly input?: Uint8Array | string
  readonly cwd?: string
  /** The whole environment of the child; default: ours, less every variable of ours that names a secret source. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Milliseconds (default 60 000); then SIGTERM, then SIGKILL. */
  readonly timeout?: number
  readonly signal?: AbortSignal
  /** Bytes kept of each stream (default 16 MiB); more is UNSAFE. */
  readonly max?: number
}

export interface RunResult {
  /** Exit status, 128+N for death by signal N. */
  readonly status: number
  readonly stdout: Uint8Array
  readonly stderr: string
}

export interface Exec {
  /** Runs a program without a shell, both pipes read at once.
   *  @throws NOT_FOUND when there is no such program; UNAVAILABLE on time-out */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult>
  /** Runs a program on our own terminal and gives its exit status. */
  interactive(
    command: string,
    args: readonly string[],
    options?: Pick<RunOptions, 'cwd' | 'env' | 'signal'>,
  ): Promise<number>
  /** Full path of a program that may be run, or null. A bare name is looked for on `path` (default: the PATH of this run). */
  find(command: string, path?: string): Promise<string | null>
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Resolves after `ms`, or at once when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export interface Random {
  bytes(count: number): Uint8Array
}

/** The person at the keyboard, if there is one. Questions go to the terminal itself, never to stdout. */
export interface Terminal {
  readonly isInteractive: boolean
  /** One visible line. @throws USAGE when there is no terminal */
  ask(question: string): Promise<string>
  /** One or (until an empty line, when `multiline`) several lines, not shown. @throws USAGE when there is no terminal */
  askHidden(question: string, options?: { readonly multiline?: boolean }): Promise<string>
  /** All of standard input, as bytes. @throws USAGE when it is a terminal */
  readInput(max?: number): Promise<Uint8Array>
}

/** How this run was asked for. */
export interface Caller {
  /** Random, hex: one start of the program. */
  run(): string
  /** The command and its action, as in `operators add`; null outside of the command line. */
  readonly command: string | null
  /** `--reason`. */
  readonly reason: string | null
  /** `--break-glass`: goes on where the access log cannot be written. */
  readonly breakGlass: boolean
  /** Says what must not be missed, whatever the flags. */
  warn(line: string): Promise<void>
}

/** What is known of this machine and of the person, read once at the start. */
export interface Machine {
  readonly platform: string
  readonly hostname: string
  readonly uid: number
  readonly user: string
  readonly pid: number
  /** Who started us, and the name of its program; null where the system does not tell. */
  readonly parent: { readonly pid: number; readonly name: string | null } | null
  readonly home: string
  readonly cwd: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Is there a process with this id on this machine? */
  isAlive(pid: number): boolean
}

export interface HttpOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  /** Milliseconds for the whole exchange (default 10 000). */
  readonly timeout?: number
  /** Bytes of the answer's body accepted (default 4 MiB); more is UNSAFE. */
  readonly max?: number
  readonly signal?: AbortSignal
  /** A unix socket to talk to instead of the address's host. */
  readonly socket?: string
}

export interface HttpReply {
  readonly status: number
  /** Names in small letters; several of one name are joined by ", ". */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface Http {
  /** One request. Redirects are answers like any other: never followed, so that no credential travels on.
   *  @throws UNAVAILABLE on no connection, a broken one or time-out; USAGE for an address that is neither http nor https */
  request(url: string, options?: HttpOptions): Promise<HttpReply>
}

export interface ServedReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface HttpServer {
  /** Answers requests there until the signal aborts. `path` is without the query, `host` what the client says it asked.
   *  @throws UNAVAILABLE when nobody can listen there */
  listen(
    options: {
      readonly host: string
      /** 0: any that is free. */
      readonly port: number
      readonly signal: AbortSignal
      readonly onReady: (port: number) => void
    },
    answer: (asked: { readonly method: string; readonly path: string; readonly host: string }) => Promise<ServedReply>,
  ): Promise<void>
}

/** The program as one file that needs nothing else: the entrypoint of images without Node. */
export interface OwnExecutable {
  /** SHA-256, hex. */
  readonly digest: string
  /** Its gzip. */
  packed(): Promise<Uint8Array>
}

/** Folders that come with the program: `examples`, `ansible`. */
export interface Assets {
  /** Its absolute path; null where the program came without it (the single executable). */
  folder(name: string): Promise<string | null>
  /** Null where none has been built. */
  executable(): Promise<OwnExecutable | null>
  /** The program that watches on a host. */
  watchAgent(): Promise<Uint8Array>
}

/** Everything a use case may be handed; each takes only the doors it needs (`Pick<Ports, 'files' | 'clock'>`). */
export interface Ports {
  readonly files: Files
  readonly exec: Exec
  readonly clock: Clock
  readonly random: Random
  readonly terminal: Terminal
  readonly machine: Machine
  readonly caller: Caller
  readonly http: Http
  readonly server: HttpServer
  readonly fleet: Fleet
  readonly assets: Assets
  readonly launcher: Launcher
  /** The place secrets can be read from that has this name. @throws CONFIG for a name nobody has */
  provider(name: string): Promise<Provider>
  /** The rotator that `with:` names, for one credential of this project.
   *  @throws CONFIG for a name nobody has, and for wrong settings */
  rotator(credential: Credential, project: { readonly root: string; readonly name: string }): Promise<Rotator>
  /** As the rotator of this name says: each key of a group is a credential of its own. */
  rotatesEach(rotate: Rotate): Promise<boolean>
}
