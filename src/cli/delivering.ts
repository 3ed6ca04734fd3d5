import type { DeliverOptions } from '../app/fleet/delivery-context.ts'
import type { DeliveryReport } from '../core/fleet/delivery-report.ts'
import { again } from './again.ts'
import type { Call, FlagValues, Report, Result } from './command.ts'
import { deliveryResult } from './delivery-result.ts'
import type { deliveryFlags } from './fleet-flags.ts'
import { interruptible } from './interruptible.ts'

interface Delivering extends Pick<DeliverOptions, 'rollBack' | 'acceptRolledBack' | 'forget' | 'again' | 'watch'> {
  readonly mode: 'setup' | 'deploy'
  /** What is said where a signal ends it. */
  readonly interrupted: string
  /** The command to type when all is well. */
  readonly done: (report: DeliveryReport) => string
}

/** What `setup` and `deploy` do alike: a delivery with the flags they share, and its report. */
export const delivering = async (
  call: Call<unknown, FlagValues<typeof deliveryFlags>>,
  { mode, interrupted, done, ...own }: Delivering,
): Promise<Result> => {
  const { flags, rest, ports, environment, report } = call
  const [{ findProject }, { runDelivery }] = await Promise.all([
    import('../app/project/project.ts'),
    import('../app/fleet/run-delivery.ts'),
  ])
  const project = await findProject(ports, { environment })
  await ports.fleet.prepare(report)
  const deliver = (onHost: Report['host']): Promise<DeliveryReport> =>
    runDelivery(ports, project, {
      ...own,
      mode,
      hosts: flags.hosts ?? null,
      check: flags.check,
      expect: flags.expect ?? null,
      takeOver: flags['take-over'] ?? null,
      replaceFiles: flags['replace-files'],
      withoutLedger: flags['without-ledger'],
      arguments: rest,
      onHost,
    })
  const words = flags.check ? 'nothing was changed' : interrupted
  return deliveryResult(await interruptible(call, words, deliver), {
    done,
    planned: (plan) => again(mode, { flags, rest }, plan),
    only: flags.hosts,
  })
}
