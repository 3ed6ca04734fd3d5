import { getSecret } from '../../app/secrets/get.ts'
import { define, type Command } from '../command.ts'
import { hostFlag, inProject } from '../in-project.ts'

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
    const found = await inProject(call, (open) => getSecret(open, call.args.SECRET, call.flags.host ?? null))
    const { name, group, host, version, value } = found
    const json = { name, group, host, version, value: value.reveal() }
    if (call.flags.raw || json.value.endsWith('\n')) return { text: value, json }
    return { text: new TextEncoder().encode(`${json.value}\n`), json }
  },
})
