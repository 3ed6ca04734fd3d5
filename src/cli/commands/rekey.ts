import { define, type Command } from '../command.ts'
import { inProject } from '../in-project.ts'
import { rekeyedSchema } from '../rekeyed.ts'

export const command: Command = define({
  name: 'rekey',
  area: 'secrets',
  summary: 'new project password for all files',
  about: `
Seals every file under a new password, generated unless you bring one: all groups, the hosts' own values, the
fingerprint key, the operators' files and the password file, as one change that survives a kill at any step. What hosts
run is unaffected. A new password over old values is no new value: who has left the team still knows them.`,
  flags: {
    'new-password-file': {
      type: 'string',
      value: 'FILE',
      summary: 'file with the new password, instead of a generated one',
    },
    'project-key': { type: 'boolean', summary: 'also a new project key, as when somebody left' },
  },
  examples: [
    { line: 'lockstep rekey', says: 'a generated password of 256 bits, into .vault-password' },
    { line: 'lockstep rekey --new-password-file ~/new-password', says: 'your own' },
  ],
  output: rekeyedSchema,
  run: async (call) => {
    const [{ rekeyProject }, { readPasswordFile }, { rekeyedResult }] = await Promise.all([
      import('../../app/project/rekey.ts'),
      import('../../app/project/password-file.ts'),
      import('../rekeyed.ts'),
    ])
    const { ports, flags } = call
    const path = flags['new-password-file']
    const password = path === undefined ? null : await readPasswordFile(ports, path)
    const projectKey = flags['project-key']
    const done = await inProject(call, { action: 'change', names: { password: true } }, (open) =>
      rekeyProject(ports, open, { password, projectKey }),
    )
    return rekeyedResult(done, { projectKey, left: null })
  },
})
