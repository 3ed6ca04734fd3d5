import { ansibleRest, hostsFlag } from '../fleet-flags.ts'
import { logOutput } from '../log-output.ts'
import { define, type Command } from '../command.ts'

const actions = ['verify', 'show', 'export', 'pull', 'events'] as const

const listing = ['show', 'export']
const asking = ['verify --fleet', 'pull']

export const command: Command = define({
  name: 'log',
  area: 'safety',
  summary: 'who read and changed which secrets, and whether anybody changed that',
  about: `
Every read and every change through lockstep is in .lockstep/access.jsonl before the value leaves: who, which names, why
(--reason), and how it ended. Each entry holds the one before it, under a key of the project.

verify checks every entry and the end against what this machine and the newest backup here have seen of it, and names the
first line that is not as it was written; with --fleet also whether the hosts and the ledger have seen the same. show lists entries, export prints them for another program; both say when
the log is not whole.

pull brings what the library in containers told (ready, degraded) and what the watches of hosts saw into one view,
.lockstep/events.jsonl: in the order of each source's own numbers, not of clocks. events lists it.`,
  args: [
    {
      name: 'ACTION',
      required: true,
      choices: actions,
      summary: 'verify, show or export the log; pull or list events of hosts',
    },
  ],
  flags: {
    fleet: { type: 'boolean', for: ['verify'], summary: 'ask the hosts as well what they have seen of it' },
    hosts: { ...hostsFlag.hosts, for: asking },
    since: { type: 'string', for: listing, value: 'TIME', summary: 'not older than 7d, or than a day' },
    name: { type: 'string', for: listing, value: 'SECRET', summary: 'only what was about this secret' },
    host: {
      type: 'string',
      for: [...listing, 'events'],
      value: 'HOST',
      summary: 'only what was about this host, or from it',
    },
    user: { type: 'string', for: listing, value: 'NAME', summary: 'only of this user or operator' },
    last: {
      type: 'integer',
      for: [...listing, 'events'],
      value: 'NUMBER',
      summary: 'the newest so many (50; export: all)',
    },
    format: {
      type: 'string',
      for: ['export'],
      choices: ['lines', 'json', 'csv'],
      value: 'FORMAT',
      summary: 'lines (of JSON, the default), json (what --json prints) or csv',
    },
  },
  rest: { ...ansibleRest, for: asking },
  examples: [
    { line: 'lockstep log verify', says: 'is it whole?' },
    { line: 'lockstep log verify --fleet', says: 'have the hosts seen the same?' },
    { line: 'lockstep log pull', says: 'what containers and watches told since the last time' },
    { line: 'lockstep log export --format csv --since 1d', says: 'for a program that collects logs' },
    { line: 'lockstep log show --name AWS_SECRET_ACCESS_KEY --since 30d', says: 'who had it' },
  ],
  output: logOutput,
  run: async (call) => {
    const { events, list, pull, verify } = await import('../log-actions.ts')
    switch (call.args.ACTION) {
      case 'verify':
        return verify(call)
      case 'export':
        return list(call, 'export')
      case 'pull':
        return pull(call)
      case 'events':
        return events(call)
      default:
        return list(call, 'show')
    }
  },
})
