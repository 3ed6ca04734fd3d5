import { define, type Command } from '../command.ts'
import { noteLine } from '../note-line.ts'
import { table } from '../table.ts'

export const command: Command = define({
  name: 'init',
  area: 'project',
  summary: 'start a project here, from what is there',
  about: `
Adopts an inventory, ansible.cfg, .env files and encrypted group files; makes lockstep.yaml, a project password of 256
random bits in .vault-password, the fingerprint key, the scripts and the lines of .gitignore and .gitattributes that are
missing. Overwrites nothing and tells everything it did; a second run finds nothing to do, or says what is left to do. A
password of ansible.cfg that is too easy to guess gives way to one of the project's own, with which the group files it
sealed are sealed anew. At a terminal it makes the recovery identity for backups as well, and shows it this once. With -E it starts another environment of the project.`,
  flags: {
    template: { type: 'string', value: 'NAME', summary: 'start from a complete example: callableapis' },
    project: { type: 'string', value: 'NAME', summary: 'name of the project (default: that of the directory)' },
  },
  examples: [
    { line: 'lockstep init', says: 'in the directory that holds the inventory' },
    { line: 'lockstep init --template callableapis', says: 'a complete example to start from' },
    { line: 'lockstep init -E staging', says: 'another environment, with secrets and a password of its own' },
  ],
  output: {
    type: 'object',
    properties: {
      root: { type: 'string' },
      created: { type: 'array', items: { type: 'string' } },
      adopted: {
        type: 'array',
        items: {
          type: 'object',
          properties: { path: { type: 'string' }, as: { type: 'string' } },
          required: ['path', 'as'],
          additionalProperties: false,
        },
      },
      notes: { type: 'array', items: { type: 'string' } },
    },
    required: ['root', 'created', 'adopted', 'notes'],
    additionalProperties: false,
  },
  run: async ({ ports, flags, environment }) => {
    const { initProject } = await import('../../app/project/init.ts')
    const { template, project } = flags
    const copied =
      template === undefined
        ? []
        : await (await import('../../app/project/copy-template.ts')).copyTemplate(ports, template)
    const { next, isNew, ...done } = await initProject(ports, { environment, project })
    const { offerRecovery } = await import('../offer-recovery.ts')
    const recovery = isNew ? await offerRecovery({ ports, environment }) : []
    const json = { ...done, created: [...copied, ...done.created], notes: [...done.notes, ...recovery] }
    const rows = [
      ...json.adopted.map(({ path, as }) => ['adopted', path, as]),
      ...json.created.map((path) => ['created', path, meaning(path)]),
    ]
    const notes = json.notes.map((note) => `${noteLine(note)}\n`).join('')
    if (rows.length === 0) return { text: `nothing to do: this is a project already\n${notes}`, json }
    return { text: `${table(rows)}${notes}`, json, next }
  },
})

const meanings: readonly (readonly [RegExp, string])[] = [
  [/^lockstep\.yaml$/, 'the manifest'],
  [/^\.vault-password/, 'the project password: not in git; keep a copy in a safe place'],
  [/fingerprint-key$/, 'encrypted; says "same or not" of values'],
  [/metadata\.yaml$/, 'versions and ages, authenticated'],
  [/^(environments\/[^/]+\/)?secrets\/.*\.env$/, 'encrypted'],
  [/^inventory\//, 'the hosts: put yours in'],
  [/^\.git\/config$/, 'how git merges and shows secrets, in this clone'],
  [/^\.git/, 'lines added where they were missing'],
]

const meaning = (path: string): string => meanings.find(([pattern]) => pattern.test(path))?.[1] ?? ''
