import { define, type Command } from '../command.ts'
import { delivering } from '../delivering.ts'
import { deliverySchema } from '../delivery-result.ts'
import { ansibleRest, deliveryFlags } from '../fleet-flags.ts'

export const command: Command = define({
  name: 'deploy',
  area: 'fleet',
  summary: 'deliver the secrets to the hosts and re-create what uses them',
  about: `
Looks at every host first and changes only what differs: a second run writes nothing and restarts nothing. A new
generation is staged on all hosts at once, then hosts switch a few at a time (rollout.at_once), each container is
proved, and the first failure stops the roll-out and puts that host back.`,
  rest: ansibleRest,
  flags: {
    ...deliveryFlags,
    'roll-back': { type: 'list', value: 'SECRET', summary: 'may go back to the older version of this clone' },
    forget: {
      type: 'list',
      value: 'HOST',
      summary: 'nothing is left on this host, which is given nothing any more: the ledger says so from now on',
    },
    'accept-rolled-back': { type: 'boolean', summary: 'go on where somebody put an older generation back' },
  },
  examples: [
    { line: 'lockstep deploy --check', says: 'what would change, where' },
    { line: 'lockstep deploy', says: 'make it so' },
    { line: 'lockstep deploy --hosts onode1 -- -K', says: 'one host; Ansible asks for the sudo password' },
    { line: 'lockstep deploy --without-ledger', says: 'the hosts that keep the ledger are lost for good' },
  ],
  output: deliverySchema,
  run: (call) =>
    delivering(call, {
      mode: 'deploy',
      rollBack: call.flags['roll-back'],
      acceptRolledBack: call.flags['accept-rolled-back'],
      forget: call.flags.forget,
      interrupted: 'some hosts may have switched; lockstep deploy goes on from there',
      done: () => 'lockstep status',
    }),
})
