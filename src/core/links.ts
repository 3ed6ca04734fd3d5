/** Doors for talking with a program that runs beside us. */

/** One connection: messages are JSON objects, each with any number of blobs behind it. */
export interface Channel {
  /** Resolves when the other side's buffer has taken it. @throws UNAVAILABLE when the other side is gone */
  send(message: object, blobs?: readonly Uint8Array[]): Promise<void>
  /** The next message; null when the other side has closed. @throws TAMPERED for what is no message */
  receive(): Promise<unknown>
  close(): void
}

export interface Sockets {
  /** Listens on a Unix socket in a directory that only we can enter; each connection is handed to `accept`. */
  listen(path: string, accept: (channel: Channel) => void): Promise<{ close(): Promise<void> }>
}

export interface StartOptions {
  readonly cwd: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Called for every line of standard output, and of standard error, as it comes. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void
  /** Give the program our terminal as its standard input. */
  readonly terminal: boolean
}

export interface Running {
  readonly pid: number
  /** Exit status, 128+N for death by signal N. */
  readonly ended: Promise<number>
  /** Ends the program and everything it started. */
  end(): void
}

export interface Processes {
  /** Starts a program in a process group of its own. @throws NOT_FOUND */
  start(command: string, args: readonly string[], options: StartOptions): Promise<Running>
}

export interface Scratch {
  /** A new private directory, short enough for a socket's path; removed by `remove`. */
  directory(): Promise<{ readonly path: string; remove(): Promise<void> }>
  /** A symbolic link, for a directory layout that a program expects; one that leads elsewhere is replaced.
   *  @throws CONFLICT when something else is there */
  link(target: string, path: string): Promise<void>
}
