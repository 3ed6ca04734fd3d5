import { again } from '../again.ts'
import type { DeliveryReport } from '../../core/fleet/delivery-report.ts'
import { define, type Command, type Report } from '../command.ts'
import { deliveryResult, deliverySchema } from '../delivery-result.ts'
import { ansibleRest, checkFlag, hostsFlag, takeOverFlag, withoutLedgerFlag } from '../fleet-flags.ts'
import { interruptible } from '../interruptible.ts'

export const command: Command = define({
  name: 'setup',
  area: 'fleet',
  summary: 'make hosts ready: their ids, directories and first secrets',
  about: `
Looks at every host (reachable? Python? writable? root?), gives it a random id that later deliveries compare, makes its
directory and delivers the first generation. Starts and restarts nothing. Hosts that are set up are left alone.`,
  rest: ansibleRest,
  flags: {
    ...hostsFlag,
    ...checkFlag,
    ...takeOverFlag,
    ...withoutLedgerFlag,
    again: {
      type: 'list',
      value: 'HOST',
      summary: 'this host was installed anew: the machine that answers takes the place of the one that was set up',
    },
    expect: { type: 'string', value: 'PLAN', summary: 'run this plan (from --check) or none' },
    'replace-files': { type: 'boolean', summary: 'replace vault-password and secrets that were put there by hand' },
  },
  examples: [
    { line: 'lockstep setup', says: 'all hosts' },
    { line: 'lockstep setup --hosts new1 --check', says: 'see whether a new host is ready' },
    { line: 'lockstep setup --again onode1', says: 'you installed onode1 anew' },
    {
      line: 'lockstep setup --without-ledger',
      says: 'nothing was ever delivered, and a host that would keep the ledger is lost',
    },
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
    const words = flags.check ? 'nothing was changed' : 'some hosts may be set up; lockstep setup goes on from there'
    const deliver = (onHost: Report['host']): Promise<DeliveryReport> =>
      runDelivery(ports, project, {
        mode: 'setup',
        again: flags.again,
        hosts: flags.hosts ?? null,
        check: flags.check,
        expect: flags.expect ?? null,
        takeOver: flags['take-over'] ?? null,
        rollBack: [],
        replaceFiles: flags['replace-files'],
        acceptRolledBack: false,
        withoutLedger: flags['without-ledger'],
        forget: [],
        arguments: rest,
        onHost,
      })
    const done = await interruptible(call, words, deliver)
    return deliveryResult(done, {
      done: 'lockstep deploy',
      planned: (plan) => again('setup', { flags, rest }, plan),
      only: flags.hosts,
    })
  },
})
