import { changedSchema } from '../changes.ts'
import { define, type Command } from '../command.ts'
import { inProject } from '../in-project.ts'

export const command: Command = define({
  name: 'adopt',
  area: 'project',
  summary: 'accept a file of secrets that was changed by hand',
  about: `
Reads a file of the secrets directory as it is now: changed with ansible-vault, put there, in plain text, or sealed with
another password. Every value that differs becomes a new version; what is not sealed with the project password is sealed
with it. Look at the names before you commit: an older file put back is accepted as well.`,
  args: [{ name: 'FILE', required: true, summary: 'secrets/GROUP.env, or the name of a group' }],
  flags: {
    'password-file': { type: 'string', value: 'FILE', summary: 'the password of this file, where it has another' },
  },
  examples: [
    { line: 'lockstep adopt secrets/aws.env', says: 'after ansible-vault edit secrets/aws.env' },
    { line: 'lockstep adopt secrets/old.env --password-file ~/.old_pass', says: 'one that was sealed elsewhere' },
  ],
  output: changedSchema,
  run: async (call) => {
    const [{ adoptFile }, { changedResult }] = await Promise.all([
      import('../../app/adopt.ts'),
      import('../changes.ts'),
    ])
    const { ports, args, flags } = call
    const options = { passwordFile: flags['password-file'] }
    const changed = await inProject(call, (open) => adoptFile(ports, open, args.FILE, options))
    return changedResult(
      changed,
      changed.files.length > 0 ? 'adopted; no value differs' : 'nothing to adopt: the file is as recorded',
    )
  },
})
