import { main } from '../../src/cli/main.ts'
import type { Ports } from '../../src/core/ports.ts'

export interface Said {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command line in this process. */
export const call = async (argv: readonly string[], ports: Ports): Promise<Said> => {
  const said = { stdout: '', stderr: '' }
  const sink = (
    name: 'stdout' | 'stderr',
  ): { isTerminal: boolean; write(bytes: string | Uint8Array): Promise<void> } => ({
    isTerminal: false,
    write: async (bytes) => {
      said[name] += typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes)
    },
  })
  const status = await main(argv, ports, {
    out: sink('stdout'),
    err: sink('stderr'),
    version: async () => '0.0.0',
    interruption: () => new AbortController().signal,
  })
  return { status, ...said }
}
