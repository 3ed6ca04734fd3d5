import assert from 'node:assert/strict'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { actionOf } from '../../src/cli/belonging.ts'
import type { Command, Schema } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands/index.ts'
import { findCommand } from '../../src/cli/globals.ts'
import { parse } from '../../src/cli/parse.ts'

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true })

/** Fails unless the text is one JSON object that the command's `output` schema describes. Help and version have none. */
export const checkJsonOutput = async (argv: readonly string[], stdout: string): Promise<void> => {
  const found = findCommand(argv)
  const load = commands[found?.name ?? '']
  if (found === null || load === undefined || argv.includes('--help') || argv.includes('-h')) return
  const { command } = await load()
  checkJson(command, actionOf(command, parse(command, found.argv).args), JSON.parse(stdout))
}

const compiled = new Map<Schema, ValidateFunction>()

/** The same for what a command hands back; where its actions print different things, for what this one prints. */
export const checkJson = ({ name, output }: Command, action: string | null, json: unknown): void => {
  if (output === false) return
  const { anyOf } = output
  const schema: unknown = Array.isArray(anyOf) ? anyOf.find(({ title }) => title === (action ?? 'alone')) : output
  assert.ok(isSchema(schema), `${name} ${action}: no schema`)
  const validate = compiled.get(schema) ?? ajv.compile(schema)
  compiled.set(schema, validate)
  assert.ok(validate(json), `--json of ${name} ${action ?? ''}: ${ajv.errorsText(validate.errors)}`)
}

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null
