import { actionOf } from '../../src/cli/belonging.ts'
import type { Command } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands/index.ts'
import { main } from '../../src/cli/main.ts'
import type { Ports } from '../../src/core/ports.ts'
import { checkJson } from './json-output.ts'

export interface Said {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command line in this process. What it hands back for --json is held against its schema, asked for or not. */
export const call = async (argv: readonly string[], ports: Ports): Promise<Said> => {
  const said = { stdout: '', stderr: '' }
  const wrong: unknown[] = []
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
    commands: checkedCommands((error) => wrong.push(error)),
  })
  if (wrong.length > 0) throw wrong[0]
  return { status, ...said }
}

const checkedCommands = (tell: (error: unknown) => void): typeof commands =>
  Object.fromEntries(
    Object.entries(commands).map(([name, load]) => [
      name,
      async () => ({ command: checked((await load()).command, tell) }),
    ]),
  )

const checked = (command: Command, tell: (error: unknown) => void): Command => ({
  ...command,
  run: async (given) => {
    const result = await command.run(given)
    try {
      const json: unknown = JSON.parse(JSON.stringify(result.json))
      checkJson(command, actionOf(command, given.args), json)
    } catch (error) {
      tell(error)
    }
    return result
  },
})
