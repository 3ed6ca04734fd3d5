import { changedSchema } from '../changes.ts'
import { define, type Command } from '../command.ts'
import { groupFlag, hostFlag, onlyHost } from '../in-project.ts'

export const command: Command = define({
  name: 'import',
  area: 'secrets',
  summary: 'take over secrets from files',
  about: `
Reads dotenv files, env files of docker, flat JSON objects, and what ansible-vault made: whole files and the !vault
strings of variables files. Several at once, all or nothing. A secret goes into the group where it is or is declared,
else into --group, else into the group that the file's name says (aws.env: aws). A lockstep.yaml that lists groups gets
the keys that it does not list yet; one without needs none. What was written is read back before anything is removed.`,
  args: [{ name: 'FILE', required: true, many: true, summary: 'files to read; - is standard input' }],
  flags: {
    ...groupFlag,
    ...hostFlag,
    format: {
      type: 'string',
      choices: ['dotenv', 'docker', 'json', 'yaml'],
      value: 'FORMAT',
      summary: 'what the files are, where their names and beginnings do not say',
    },
    'source-password-file': { type: 'list', value: 'FILE', summary: 'files with passwords that sealed files may have' },
    replace: { type: 'boolean', summary: 'write over values that differ from the imported ones' },
    'remove-source': { type: 'boolean', summary: 'remove the files once everything was read back' },
  },
  examples: [
    { line: 'lockstep import .env --remove-source', says: 'take over, and leave no plain file behind' },
    { line: 'lockstep import aws.env cloudflare.json', says: 'into the groups aws and cloudflare' },
    {
      line: 'lockstep import group_vars/all/vault.yml --group app --source-password-file ~/.vault_pass',
      says: 'from Ansible variables',
    },
  ],
  output: changedSchema,
  run: async (call) => {
    const [{ importSecrets }, { importFormats }, { readPasswordFile }, { changing }] = await Promise.all([
      import('../../app/secrets/import.ts'),
      import('../../app/secrets/import-sources.ts'),
      import('../../app/project/password-file.ts'),
      import('../changing.ts'),
    ])
    const { ports, args, flags } = call
    const format = importFormats.find((known) => known === flags.format)
    const passwords = await Promise.all(flags['source-password-file'].map((path) => readPasswordFile(ports, path)))
    const { changed, result } = await changing(
      call,
      { files: args.FILE, hosts: onlyHost(flags.host) },
      (open) =>
        importSecrets(ports, open, {
          sources: args.FILE,
          group: flags.group,
          host: flags.host,
          replace: flags.replace,
          removeSource: flags['remove-source'],
          passwords,
          format,
        }),
      () => 'all of it was here already',
    )
    const { removed, warnings } = changed
    for (const warning of warnings) call.report(`warning: ${warning}`)
    return {
      ...result,
      text: [result.text, ...removed.map((path) => `removed ${path}`)].join('\n'),
      json: { ...result.json, removed, warnings },
    }
  },
})
