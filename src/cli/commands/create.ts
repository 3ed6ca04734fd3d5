import { changedProperties, changedSchema } from '../changes.ts'
import { define, type Command } from '../command.ts'
import { groupFlag } from '../in-project.ts'

export const command: Command = define({
  name: 'create',
  area: 'secrets',
  summary: 'ask for every secret that has no value yet',
  about: `
Takes values from a file or standard input, makes up what the manifest calls \`with: random\`, and asks for the rest
without showing it. What the file holds beyond the manifest becomes declared. Ends with PARTIAL while something is
missing.`,
  flags: {
    from: { type: 'string', short: 'f', value: 'FILE', summary: 'take values from this file; - is standard input' },
    ...groupFlag,
  },
  examples: [
    { line: 'lockstep create', says: 'asks for everything that is missing' },
    { line: 'lockstep create --from .env', says: 'from a file, then asks for the rest' },
    { line: 'pass show shop | lockstep create --from - --group app', says: 'from another program' },
  ],
  output: {
    ...changedSchema,
    properties: {
      ...changedProperties,
      generated: { type: 'array', items: { type: 'string' } },
      missing: { type: 'array', items: { type: 'string' } },
      warnings: { type: 'array', items: { type: 'string' } },
    },
    required: ['changed', 'files', 'notes', 'generated', 'missing', 'warnings'],
  },
  run: async (call) => {
    const [{ createSecrets }, { changing }] = await Promise.all([
      import('../../app/secrets/create.ts'),
      import('../changing.ts'),
    ])
    const { ports, flags } = call
    const { changed, result } = await changing(
      call,
      { files: flags.from === undefined ? [] : [flags.from] },
      (open) => createSecrets(ports, open, { from: flags.from, group: flags.group }),
      ({ missing: left }) => (left.length > 0 ? '' : 'nothing is missing'),
    )
    const { generated, missing, warnings } = changed
    for (const warning of warnings) call.report(`warning: ${warning}`)
    const lines = [
      ...(result.text === '' ? [] : [result.text]),
      ...(generated.length > 0 ? [`made up at random: ${generated.join(', ')}`] : []),
      ...missing.map((name) => `missing ${name}: lockstep set ${name}`),
    ]
    return {
      ...result,
      text: lines.join('\n'),
      json: { ...result.json, generated, missing, warnings },
      ...(missing.length > 0 ? { exit: 'PARTIAL' as const, next: `lockstep set ${missing[0]}` } : {}),
    }
  },
})
