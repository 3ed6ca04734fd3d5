import { getSecret, type FoundSecret } from '../../app/secrets/get.ts'
import type { Names } from '../../core/log/entry.ts'
import { define, type Command } from '../command.ts'
import { hostFlag, inProject, onlyHost } from '../in-project.ts'

export const command: Command = define({
  name: 'get',
  area: 'secrets',
  summary: 'print one secret',
  about: `
Prints the value and a newline; a value of several lines as it is. With --host, what that host gets: its own value
where it has one, else the shared one.`,
  args: [{ name: 'SECRET', required: true, summary: 'name of the secret' }],
  flags: {
    ...hostFlag,
    raw: { type: 'boolean', short: 'n', summary: 'print the value alone, without a newline' },
  },
  examples: [
    { line: 'lockstep get AWS_SECRET_ACCESS_KEY', says: 'print it' },
    { line: 'lockstep get TLS_KEY --host onode1', says: 'what this host gets' },
    { line: 'lockstep get SIGNING_KEY --raw | sha256sum', says: 'its bytes and nothing else' },
  ],
  output: {
    type: 'object',
    properties: {
      name: { type: 'string' },
      group: { type: 'string' },
      host: { type: ['string', 'null'] },
      version: { type: 'integer' },
      value: { type: 'string' },
    },
    required: ['name', 'group', 'host', 'version', 'value'],
    additionalProperties: false,
  },
  run: async (call) => {
    const { SECRET } = call.args
    const intended = {
      action: 'read',
      names: { secrets: [SECRET], hosts: onlyHost(call.flags.host) },
      found: ofOne,
    } as const
    const found = await inProject(call, intended, (open) => getSecret(open, SECRET, call.flags.host ?? null))
    const { name, group, host, version, value } = found
    const json = { name, group, host, version, value: value.reveal() }
    if (call.flags.raw || json.value.endsWith('\n')) return { text: value, json }
    return { text: new TextEncoder().encode(`${json.value}\n`), json }
  },
})

const ofOne = ({ name, group }: FoundSecret): { readonly names: Names } => ({
  names: { secrets: [name], groups: [group] },
})
