import { define, type Command } from '../command.ts'
import { delivering } from '../delivering.ts'
import { afterSetup, deliverySchema } from '../delivery-result.ts'
import { ansibleRest, deliveryFlags } from '../fleet-flags.ts'

interface WatchFlags {
  readonly watch: boolean
  readonly 'no-watch': boolean
  readonly 'forget-events': boolean
}

const wishOf = (flags: WatchFlags): { readonly wanted: boolean; readonly forget: boolean } | null => {
  const { watch, 'no-watch': isRemoved, 'forget-events': forget } = flags
  return watch || isRemoved ? { wanted: watch, forget } : null
}

export const command: Command = define({
  name: 'setup',
  area: 'fleet',
  summary: 'make hosts ready: their ids, directories and first secrets',
  about: `
Looks at every host (reachable? Python? writable? root?), gives it a random id that later deliveries compare, makes its
directory and delivers the first generation. Starts and restarts nothing. Hosts that are set up are left alone.`,
  rest: ansibleRest,
  flags: {
    ...deliveryFlags,
    again: {
      type: 'list',
      value: 'HOST',
      summary: 'this host was installed anew: the machine that answers takes the place of the one that was set up',
    },
    watch: {
      type: 'boolean',
      not: ['no-watch'],
      summary: 'bring the watch: it writes down who touches the files there',
    },
    'no-watch': { type: 'boolean', summary: 'take the watch away; what it wrote stays' },
    'forget-events': { type: 'boolean', for: ['--no-watch'], summary: 'what it wrote goes too' },
  },
  examples: [
    { line: 'lockstep setup', says: 'all hosts' },
    { line: 'lockstep setup --hosts new1 --check', says: 'see whether a new host is ready' },
    { line: 'lockstep setup --again onode1', says: 'you installed onode1 anew' },
    { line: 'lockstep setup --watch', says: 'all hosts write down who reads or changes the secrets there' },
    {
      line: 'lockstep setup --without-ledger',
      says: 'nothing was ever delivered, and a host that would keep the ledger is lost',
    },
  ],
  output: deliverySchema,
  run: (call) =>
    delivering(call, {
      mode: 'setup',
      again: call.flags.again,
      watch: wishOf(call.flags),
      rollBack: [],
      acceptRolledBack: false,
      forget: [],
      interrupted: 'some hosts may be set up; lockstep setup goes on from there',
      done: (report) => afterSetup(report, { watch: call.flags.watch }),
    }),
})
