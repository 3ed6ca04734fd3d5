import { SecretsError, fail, hasCode, kindOfError } from '../core/errors.ts'
import type { CallOptions, FleetScript, HostChannel, HostLoss, Operation, PhaseResult } from '../core/fleet/fleet.ts'
import { hostText } from '../core/host-text.ts'
import type { Inventory } from '../core/fleet/inventory.ts'
import type { Channel } from '../core/links.ts'
import type { Clock } from '../core/ports.ts'
import type { Shape } from '../core/shape.ts'
import { dictionary, flag, list, nullable, oneOf, shape, text } from '../core/shape.ts'
import { answerOf } from './answer.ts'
import { boundHosts, connection } from './bound-hosts.ts'
import type { Visit } from './bound-hosts.ts'
import { frameOf } from './frame.ts'
import type { Receiver } from './receiver-parts.ts'

interface Hello extends Visit {
  readonly batch: readonly string[]
  readonly check: boolean
  readonly ansible: string
}

const hello: Shape<Hello> = shape({
  phase: oneOf('all', 'inspect', 'stage', 'switch', 'record'),
  host: text,
  connection,
  batch: list(text),
  check: flag,
  ansible: text,
})

const inventory: Shape<Inventory> = shape({
  hosts: dictionary(shape({ groups: list(text), variables: dictionary<unknown>((value) => value) })),
  groups: nullable(list(text)),
  patterns: dictionary(list(text)),
})

export interface SessionOptions {
  readonly script: FleetScript
  readonly patterns: readonly string[]
  readonly receiver: Receiver
  readonly clock: Clock
}

/** The conversation with all hosts of one play: one channel per task and host, each driven by the script. */
export interface Session {
  accept(channel: Channel): void
  /** Marks a host that Ansible gave up before our task ran. */
  lose(host: string, loss: HostLoss): void
  /** Marks every wanted host that has not come, and waits for the scripts still running. */
  finish(loss: HostLoss): Promise<void>
  /** The first error of `begin`, or of our own: it ended the run. */
  readonly broken: () => unknown
  /** True once a host has been heard of. */
  readonly started: () => boolean
}

export const openSession = (options: SessionOptions): Session => {
  const { script } = options
  const working = new Set<Promise<void>>()
  const arrived = new Set<string>()
  const bound = boundHosts((host, reason) => script.gone(host, { code: 'UNSAFE', reason, hint: null }))
  let begun: Promise<readonly string[]> | null = null
  let wanted: readonly string[] = []
  let broken: unknown

  const begin = async (channel: Channel): Promise<readonly string[]> => {
    await channel.send({ do: 'inventory', patterns: options.patterns })
    const message = await channel.receive()
    wanted = await script.begin(inventory(message, 'inventory'))
    return wanted
  }

  const serve = async (channel: Channel): Promise<void> => {
    const known = hello(await channel.receive(), 'hello')
    begun ??= begin(channel)
    const hosts = await begun
    if (!hosts.includes(known.host)) return channel.send({ do: 'done', changed: false })
    arrived.add(known.host)
    const host = hostChannel(channel, known, options)
    try {
      const result = await bound.visit(known, () => script.phase(host, known.phase))
      await channel.send(doneOf(result))
    } catch (error) {
      if (!(error instanceof SecretsError)) throw error
      await refuse(channel, error)
    }
  }

  const guarded = async (channel: Channel): Promise<void> => {
    try {
      await serve(channel)
    } catch (error) {
      if (!(error instanceof SecretsError && error.code === 'UNAVAILABLE')) broken ??= error
      await refuse(channel, error)
    } finally {
      channel.close()
    }
  }

  return {
    accept: (channel) => {
      const work = guarded(channel).finally(() => working.delete(work))
      working.add(work)
    },
    lose: (host, loss) => {
      if (arrived.has(host)) return
      arrived.add(host)
      script.gone(host, loss)
    },
    finish: async (loss) => {
      for (const host of wanted) {
        if (!arrived.has(host)) script.gone(host, loss)
      }
      await Promise.all(working)
    },
    broken: () => broken,
    started: () => begun !== null,
  }
}

/** Lets a host's task fail with what went wrong. Of an error that is not ours only the kind is told: its text could
 *  carry what was being worked on. */
export const refuse = async (channel: Channel, error: unknown): Promise<void> => {
  const ours = error instanceof SecretsError ? error : fail('INTERNAL', `lockstep failed with ${kindOfError(error)}`)
  try {
    await channel.send({ do: 'done', failed: true, code: ours.code, message: describe(ours) })
  } catch (gone) {
    if (!hasCode(gone, 'UNAVAILABLE')) throw gone
  }
}

const describe = ({ at, message, hint }: SecretsError): string =>
  oneLine([at === undefined ? message : `${at}: ${message}`, hint].filter(Boolean).join('; '))

/** Ansible shows it as it is, and a host may have had a say in it. */
const oneLine = (words: string): string => hostText(words, 2000)

const doneOf = (result: PhaseResult): object =>
  result.failed === undefined
    ? { do: 'done', ...result }
    : { do: 'done', ...result, code: result.failed.code, message: oneLine(result.failed.message), failed: true }

const hostChannel = (channel: Channel, known: Hello, options: SessionOptions): HostChannel => ({
  name: known.host,
  batch: known.batch,
  check: known.check,
  call: async (operation: Operation, { blobs = [], timeout = 60_000 }: CallOptions = {}) => {
    const program = options.receiver(operation)
    const frame = frameOf(program, operation, blobs)
    await channel.send({ do: 'run' }, frame)
    const message = await within(channel.receive(), timeout, options.clock, known.host)
    return answerOf(message, { host: known.host, program })
  },
})

const within = async <T>(work: Promise<T>, ms: number, clock: Clock, host: string): Promise<T> => {
  const stop = new AbortController()
  const late = clock.sleep(ms, stop.signal).then(() => {
    if (stop.signal.aborted) return work
    throw fail('UNAVAILABLE', `no answer within ${ms / 1000} s`, {
      at: host,
      hint: 'a forced terminal (-tt, RequestTTY) or a login script that reads standard input holds up the stream',
    })
  })
  try {
    return await Promise.race([work, late])
  } finally {
    stop.abort()
  }
}
