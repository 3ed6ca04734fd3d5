import { changedSchema } from '../changes.ts'
import { define, type Command } from '../command.ts'
import { hostFlag, onlyHost } from '../in-project.ts'
import { noteLine } from '../note-line.ts'

export const command: Command = define({
  name: 'rm',
  area: 'secrets',
  summary: 'remove secrets',
  about: `
Removes each secret with every host's own value and its declaration in lockstep.yaml; with --host, that host's value
alone. Hosts keep theirs until the next deploy. All of them are removed, or none.`,
  args: [{ name: 'SECRET', required: true, many: true, summary: 'names of secrets' }],
  flags: {
    ...hostFlag,
    group: { type: 'string', short: 'g', value: 'GROUP', summary: 'only from this group' },
  },
  examples: [
    { line: 'lockstep rm OLD_API_KEY', says: 'remove it everywhere' },
    { line: 'lockstep rm TLS_KEY --host onode1', says: 'from now on this host gets the shared one' },
  ],
  output: changedSchema,
  run: async (call) => {
    const [{ removeSecrets }, { changing }] = await Promise.all([
      import('../../app/secrets/remove.ts'),
      import('../changing.ts'),
    ])
    const { ports, args, flags } = call
    const options = { host: flags.host, group: flags.group }
    const { changed, result } = await changing(
      call,
      { secrets: args.SECRET, hosts: onlyHost(flags.host) },
      (open) => removeSecrets(ports, open, args.SECRET, options),
      () => 'nothing was removed',
    )
    for (const group of changed.emptied) call.report(noteLine(`group ${group}, now empty, is out of lockstep.yaml`))
    return result
  },
})
