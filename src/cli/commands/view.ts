import type { Viewed } from '../../app/secrets/view.ts'
import type { Names } from '../../core/log/entry.ts'
import { define, type Command } from '../command.ts'
import { hostFlag, inProject, onlyHost } from '../in-project.ts'

export const command: Command = define({
  name: 'view',
  area: 'secrets',
  summary: 'print a group, or any file of ansible-vault',
  about: `
A group is checked against the project's metadata before it is printed. A path with a slash or dot is a file: with
--password-file any file that ansible-vault made, inside a project or not; else one that the project password opens.`,
  args: [{ name: 'GROUP|FILE', summary: 'a group, or a path (default: the only group there is)' }],
  flags: {
    ...hostFlag,
    'password-file': { type: 'string', value: 'FILE', summary: 'the file that holds the password of FILE' },
  },
  examples: [
    { line: 'lockstep view aws', says: 'a group of this project' },
    { line: 'lockstep view aws --host onode1', says: 'what only this host has' },
    { line: 'lockstep view group_vars/all/vault.yml --password-file ~/.vault_pass', says: 'any file of ansible-vault' },
  ],
  output: {
    type: 'object',
    properties: {
      path: { type: 'string' },
      group: { type: ['string', 'null'] },
      host: { type: ['string', 'null'] },
      text: { type: 'string' },
    },
    required: ['path', 'group', 'host', 'text'],
    additionalProperties: false,
  },
  run: async (call) => {
    const { viewFile, viewInProject } = await import('../../app/secrets/view.ts')
    const { ports, args, flags } = call
    const [target, passwordFile] = [args['GROUP|FILE'], flags['password-file']]
    const viewed =
      target !== undefined && passwordFile !== undefined
        ? await viewFile(ports, target, passwordFile)
        : await inProject(call, { action: 'read', names: namesOf(target, flags.host), found: inFile }, (open) =>
            viewInProject(ports, open, target, flags.host ?? null),
          )
    const { path, group, host, text } = viewed
    return { text, json: { path, group, host, text: text.reveal() } }
  },
})

const namesOf = (target: string | undefined, host: string | undefined): Names => {
  if (target === undefined) return { hosts: onlyHost(host) }
  return { ...(/[/.]/.test(target) ? { files: [target] } : { groups: [target] }), hosts: onlyHost(host) }
}

/** A file that the metadata do not know is told by its path alone. */
const inFile = ({ path, group }: Viewed): { readonly names?: Names } =>
  group === null ? { names: { files: [path] } } : {}
