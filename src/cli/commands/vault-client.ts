import { define, type Command } from '../command.ts'

export const command: Command = define({
  name: 'vault-client',
  area: 'project',
  summary: 'print the project password for Ansible',
  about: `
What bin/lockstep-client runs: an Ansible vault client script. The vault-id is the project's name, or NAME.ENVIRONMENT
for another environment; for any other it ends with status 2, as Ansible expects, so it works beside your own
vault-ids.`,
  hidden: true,
  flags: { 'vault-id': { type: 'string', value: 'NAME', summary: 'the project, or PROJECT.ENVIRONMENT' } },
  examples: [{ line: 'lockstep vault-client --vault-id shop', says: 'the password of the project shop' }],
  output: {
    type: 'object',
    properties: { password: { type: 'string' } },
    required: ['password'],
    additionalProperties: false,
  },
  run: async ({ flags, ports, environment }) => {
    const { passwordForVaultId } = await import('../../app/git/vault-client.ts')
    const password = await passwordForVaultId(ports, flags['vault-id'], environment)
    const text = new TextEncoder().encode(`${password.reveal()}\n`)
    return { text, json: { password: password.reveal() } }
  },
})
