import { define, type Command } from '../command.ts'
import { groupFlag, hostFlag, onlyHost } from '../in-project.ts'
import { changedSchema } from '../changes.ts'

export const command: Command = define({
  name: 'set',
  area: 'secrets',
  summary: 'write one secret',
  about: `
Asks for the value without showing it, or reads it from standard input: one line without its newline, several lines as
they are. A value never stands on the command line, where the shell's history and every user of the machine could read
it.`,
  args: [{ name: 'SECRET', required: true, summary: 'name of the secret, NAME_LIKE_THIS' }],
  flags: {
    ...groupFlag,
    ...hostFlag,
    multiline: { type: 'boolean', short: 'm', summary: 'ask for several lines, up to an empty one' },
    empty: { type: 'boolean', summary: 'take an empty value' },
  },
  examples: [
    { line: 'lockstep set AWS_SECRET_ACCESS_KEY', says: 'asks for it' },
    { line: 'lockstep set STRIPE_KEY --group payments', says: 'a new one, into this group' },
    {
      line: 'lockstep set TLS_KEY --host onode1 < onode1.pem',
      says: 'a value of several lines that only this host has',
    },
    { line: 'openssl rand -base64 32 | lockstep set SESSION_KEY', says: 'from another program' },
  ],
  output: changedSchema,
  run: async (call) => {
    const [{ placeForSecret, setSecret }, { readValue }, { changing }] = await Promise.all([
      import('../../app/secrets/set.ts'),
      import('../../app/secrets/secret-input.ts'),
      import('../changing.ts'),
    ])
    const { ports, args, flags } = call
    const options = { group: flags.group, host: flags.host }
    const { result } = await changing(
      call,
      { secrets: [args.SECRET], hosts: onlyHost(flags.host) },
      async (open) => {
        await placeForSecret(open, args.SECRET, options)
        const value = await readValue(ports, args.SECRET, { multiline: flags.multiline, allowEmpty: flags.empty })
        return setSecret(ports, open, { ...options, name: args.SECRET, value })
      },
      () => `${args.SECRET} has this value already`,
    )
    return result
  },
})
