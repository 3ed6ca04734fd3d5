import type { Exported } from '../../app/secrets/export.ts'
import { define, type Command } from '../command.ts'
import { hostFlag, inProject, onlyHost } from '../in-project.ts'

export const command: Command = define({
  name: 'export',
  area: 'secrets',
  summary: 'print secrets for other programs',
  about: `
Prints the secrets of the groups named, or of all, without writing anything. dotenv is what sh, Node and python-dotenv
read the same; docker is for docker run --env-file; shell is for eval. What a format cannot carry is refused with the
reason.`,
  args: [{ name: 'GROUP', many: true, summary: 'groups; none: all of them' }],
  flags: {
    ...hostFlag,
    format: {
      type: 'string',
      short: 'f',
      choices: ['dotenv', 'docker', 'json', 'shell'],
      value: 'FORMAT',
      summary: 'dotenv (the default), docker, json or shell',
    },
  },
  examples: [
    { line: 'lockstep export aws > aws.env', says: 'one group as a dotenv file' },
    { line: 'eval "$(lockstep export --format shell)"', says: 'all secrets into this shell' },
    { line: 'lockstep export --host onode1 --format json', says: 'what this host gets' },
  ],
  output: {
    type: 'object',
    properties: { secrets: { type: 'object', additionalProperties: { type: 'string' } } },
    required: ['secrets'],
    additionalProperties: false,
  },
  run: async (call) => {
    const [{ exportSecrets }, { envFormats }] = await Promise.all([
      import('../../app/secrets/export.ts'),
      import('../../core/formats/env-formats.ts'),
    ])
    const { args, flags } = call
    const format = envFormats.find((known) => known === flags.format) ?? 'dotenv'
    const { text, secrets } = await inProject<Exported>(
      call,
      {
        action: 'read',
        names: { groups: args.GROUP, hosts: onlyHost(flags.host) },
        found: (done) => ({ names: { secrets: [...done.secrets.keys()] } }),
      },
      (open) => exportSecrets(open, { groups: args.GROUP, host: flags.host, format }),
    )
    return {
      text,
      json: { secrets: Object.fromEntries(Array.from(secrets, ([name, value]) => [name, value.reveal()])) },
    }
  },
})
