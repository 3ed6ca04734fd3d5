import { define, type Command } from '../command.ts'

const list = { type: 'array', items: { type: 'string' } }

export const command: Command = define({
  name: 'log',
  area: 'safety',
  summary: 'who read and changed which secrets, and whether anybody changed that',
  about: `
Every read and every change through lockstep is in .lockstep/access.jsonl before the value leaves: who, which names, why
(--reason), and how it ended. Each entry holds the one before it, under a key of the project.

verify checks every entry and the end, and names the first line that is not as it was written. show lists entries; verify
first if it matters.`,
  args: [{ name: 'ACTION', required: true, choices: ['verify', 'show'], summary: 'verify or show' }],
  flags: {
    since: { type: 'string', value: 'TIME', summary: 'show: not older than 7d, or than a day' },
    name: { type: 'string', value: 'SECRET', summary: 'show: only what was about this secret' },
    host: { type: 'string', value: 'HOST', summary: 'show: only what was about this host' },
    user: { type: 'string', value: 'NAME', summary: 'show: only of this user or operator' },
    limit: { type: 'integer', value: 'NUMBER', summary: 'show: the newest so many (default 50)' },
  },
  examples: [
    { line: 'lockstep log verify', says: 'is it whole?' },
    { line: 'lockstep log show --name AWS_SECRET_ACCESS_KEY --since 30d', says: 'who had it' },
  ],
  output: {
    type: 'object',
    properties: {
      entries: { type: ['integer', 'array'], description: 'verify: how many; show: the entries' },
      problems: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            file: { type: 'string' },
            line: { type: 'integer', description: '0: the file as a whole' },
            kind: { enum: ['changed', 'missing', 'order', 'foreign', 'cut', 'scar', 'head', 'anchor'] },
            message: { type: 'string' },
          },
          required: ['file', 'line', 'kind', 'message'],
          additionalProperties: false,
        },
      },
      notes: list,
      head: {
        type: ['object', 'null'],
        properties: { id: { type: 'string' }, seq: { type: 'integer' }, hash: { type: 'string' } },
        required: ['id', 'seq', 'hash'],
        additionalProperties: false,
        description: 'the last entry',
      },
    },
    additionalProperties: false,
  },
  run: async (call) => {
    const { ports, args, flags, environment } = call
    const [{ findProject }, { openLog, sinceOf }, results] = await Promise.all([
      import('../../app/project/project.ts'),
      import('../../app/log/log-use.ts'),
      import('../log-result.ts'),
    ])
    const since = sinceOf(flags.since, ports.clock)
    const project = await findProject(ports, { environment })
    const verdict = await openLog(ports, project)
    if (args.ACTION === 'verify') return results.verifyResult(verdict)
    const { chooseEntries } = await import('../../app/log/show-log.ts')
    const wanted = { since, secret: flags.name ?? null, host: flags.host ?? null, user: flags.user ?? null }
    return results.showResult(chooseEntries(verdict.entries, { ...wanted, limit: flags.limit ?? 50 }), verdict)
  },
})
