import { ansibleRest, hostsFlag } from '../fleet-flags.ts'
import { define, type Command } from '../command.ts'

const list = { type: 'array', items: { type: 'string' } }

const actions = ['verify', 'show', 'export'] as const

const usual = (action: string): number => (action === 'export' ? Number.MAX_SAFE_INTEGER : 50)

export const command: Command = define({
  name: 'log',
  area: 'safety',
  summary: 'who read and changed which secrets, and whether anybody changed that',
  about: `
Every read and every change through lockstep is in .lockstep/access.jsonl before the value leaves: who, which names, why
(--reason), and how it ended. Each entry holds the one before it, under a key of the project.

verify checks every entry and the end, and names the first line that is not as it was written; with --fleet also whether
the hosts and the ledger have seen the same. show lists entries, export prints them for another program; both say when
the log is not whole.`,
  args: [{ name: 'ACTION', required: true, choices: actions, summary: 'verify, show or export' }],
  flags: {
    fleet: { type: 'boolean', summary: 'verify: ask the hosts as well what they have seen of it' },
    ...hostsFlag,
    since: { type: 'string', value: 'TIME', summary: 'not older than 7d, or than a day' },
    name: { type: 'string', value: 'SECRET', summary: 'only what was about this secret' },
    host: { type: 'string', value: 'HOST', summary: 'only what was about this host' },
    user: { type: 'string', value: 'NAME', summary: 'only of this user or operator' },
    last: { type: 'integer', value: 'NUMBER', summary: 'the newest so many (show: 50; export: all)' },
    format: { type: 'string', choices: ['json', 'csv'], value: 'FORMAT', summary: 'export: json lines, or csv' },
  },
  rest: ansibleRest,
  examples: [
    { line: 'lockstep log verify', says: 'is it whole?' },
    { line: 'lockstep log verify --fleet', says: 'have the hosts seen the same?' },
    { line: 'lockstep log export --format csv --since 1d', says: 'for a program that collects logs' },
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
    const { ports, args, flags, environment, rest, report } = call
    const [{ findProject }, { openLog, sinceOf }, results] = await Promise.all([
      import('../../app/project/project.ts'),
      import('../../app/log/log-use.ts'),
      import('../log-result.ts'),
    ])
    const since = sinceOf(flags.since, ports.clock)
    const project = await findProject(ports, { environment })
    if (args.ACTION === 'verify' && flags.fleet) {
      await ports.fleet.prepare(report)
      const { verifyWithFleet } = await import('../../app/log/verify-fleet.ts')
      const onHost = (host: string, state: string): void => report.host(host, state)
      const options = { hosts: flags.hosts ?? null, arguments: rest, onHost }
      return results.verifyResult(await verifyWithFleet(ports, project, options))
    }
    const verdict = await openLog(ports, project)
    if (args.ACTION === 'verify') return results.verifyResult(verdict)
    const { chooseEntries } = await import('../../core/log/choose.ts')
    const { name: secret = null, host = null, user = null, last = null } = flags
    const entries = chooseEntries(verdict.entries, { since, secret, host, user, limit: last ?? usual(args.ACTION) })
    if (args.ACTION === 'show') return results.showResult(entries, verdict)
    return results.exportResult(entries, verdict, flags.format === 'csv' ? 'csv' : 'json')
  },
})
