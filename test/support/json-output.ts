import assert from 'node:assert/strict'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { commands } from '../../src/cli/commands/index.ts'
import { findCommand } from '../../src/cli/globals.ts'

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true })

/** Fails unless the text is one JSON object that the command's `output` schema describes. Help and version have none. */
export const checkJsonOutput = async (argv: readonly string[], stdout: string): Promise<void> => {
  const load = commands[findCommand(argv)?.name ?? '']
  if (load === undefined || argv.includes('--help') || argv.includes('-h')) return
  const { command } = await load()
  const validate = ajv.compile(command.output)
  const value: unknown = JSON.parse(stdout)
  assert.ok(validate(value), `--json of ${command.name}: ${ajv.errorsText(validate.errors)}`)
}
