import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Command } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands/index.ts'
import { parse } from '../../src/cli/parse.ts'

const all: readonly (readonly [string, Command])[] = await Promise.all(
  Object.entries(commands).map(async ([key, load]) => [key, (await load()).command] as const),
)

const globalNames = ['environment', 'help', 'version', 'json', 'quiet', 'color', 'reason', 'break-glass']
const globalShorts = ['E', 'h', 'V', 'q']

for (const [key, command] of all) {
  test(`${key} is a whole command`, () => {
    assert.equal(command.name, key)
    assert.match(command.name, /^[a-z]+(-[a-z]+)*$/)
    for (const { summary } of [command, ...(command.args ?? []), ...Object.values(command.flags ?? {})]) {
      assert.match(summary, /^[^A-Z\s].*[^.\s]$|^[A-Z$]{2}.*[^.\s]$/, `small first letter, no full stop: ${summary}`)
    }
    assert.ok(command.hidden === true || command.examples.length > 0, 'an example at least')
  })

  test(`${key}: its --json schema is a schema`, () => {
    new Ajv2020({ strict: true, allowUnionTypes: true }).compile(command.output)
  })

  test(`${key}: its flags and arguments do not collide`, () => {
    const flags = Object.entries(command.flags ?? {})
    const names = [...globalNames, ...flags.flatMap(([name, flag]) => [name, ...(flag.also ?? [])])]
    const shorts = [...globalShorts, ...flags.flatMap(([, flag]) => flag.short ?? [])]
    assert.equal(new Set(names).size, names.length)
    assert.equal(new Set(shorts).size, shorts.length)
    for (const name of names) assert.match(name, /^[a-z]+(-[a-z0-9]+)*$/)
    for (const name of ['value', 'password', 'secret', 'token']) assert.ok(!names.includes(name), `--${name}`)
    const args = command.args ?? []
    assert.ok(args.slice(0, -1).every((arg) => arg.many !== true))
  })

  test(`${key}: its examples can be parsed`, () => {
    for (const { line } of command.examples) {
      const own = /\blockstep( [^|<>)&;]*)?/.exec(line)?.[0].trim().split(/\s+/).slice(1) ?? assert.fail(line)
      const at = own.indexOf(command.name)
      assert.ok(at >= 0, `an example of another command: ${line}`)
      parse(command, own.toSpliced(at, 1))
    }
  })
}
