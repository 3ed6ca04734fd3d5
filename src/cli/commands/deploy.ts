import { again } from '../again.ts'
import type { DeliveryReport } from '../../core/fleet/delivery-report.ts'
import { define, type Command, type Report } from '../command.ts'
import { deliveryResult, deliverySchema } from '../delivery-result.ts'
import { ansibleRest, checkFlag, hostsFlag, takeOverFlag, withoutLedgerFlag } from '../fleet-flags.ts'
import { interruptible } from '../interruptible.ts'

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
    ...hostsFlag,
    ...checkFlag,
    ...takeOverFlag,
    ...withoutLedgerFlag,
    expect: { type: 'string', value: 'PLAN', summary: 'run this plan (from --check) or none' },
    'roll-back': { type: 'list', value: 'SECRET', summary: 'may go back to the older version of this clone' },
    'replace-files': { type: 'boolean', summary: 'replace vault-password and secrets that were put there by hand' },
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
  run: async (call) => {
    const { flags, rest, ports, environment, report } = call
    const [{ findProject }, { runDelivery }] = await Promise.all([
      import('../../app/project/project.ts'),
      import('../../app/fleet/run-delivery.ts'),
    ])
    const project = await findProject(ports, { environment })
    await ports.fleet.prepare(report)
    const words = flags.check
      ? 'nothing was changed'
      : 'some hosts may have switched; lockstep deploy goes on from there'
    const deliver = (onHost: Report['host']): Promise<DeliveryReport> =>
      runDelivery(ports, project, {
        mode: 'deploy',
        hosts: flags.hosts ?? null,
        check: flags.check,
        expect: flags.expect ?? null,
        takeOver: flags['take-over'] ?? null,
        rollBack: flags['roll-back'],
        replaceFiles: flags['replace-files'],
        acceptRolledBack: flags['accept-rolled-back'],
        withoutLedger: flags['without-ledger'],
        forget: flags.forget,
        arguments: rest,
        onHost,
      })
    const done = await interruptible(call, words, deliver)
    return deliveryResult(done, {
      done: 'lockstep status',
      planned: (plan) => again('deploy', { flags, rest }, plan),
      only: flags.hosts,
    })
  },
})
