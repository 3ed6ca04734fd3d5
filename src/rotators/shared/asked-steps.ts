import { fail } from '../../core/errors.ts'
import type { Credential } from '../../core/rotate/credential.ts'
import type { Attempt, Held, OldStays, Proposal, Rotator, Step, Values } from '../../core/rotate/rotator.ts'
import { secretNamed, type Settings } from '../../core/rotators/settings.ts'
import {
  answerFrom,
  problemFrom,
  type StepAnswer,
  type StepName,
  type StepRequest,
} from '../../core/rotators/step-protocol.ts'

/** Settings of every rotator that asks somebody else. */
export const askedSettings = ['secrets', 'timeout', 'gap', 'breaks'] as const

/** Bytes of an answer that are read. */
export const largestAnswer: number = 256 * 1024

export interface Asked {
  readonly credential: Credential
  readonly settings: Settings
  /** For the plan: who is asked. */
  readonly note: string
  readonly who: string
  ask(request: StepRequest, step: Step): Promise<StepAnswer>
}

/** A rotator whose every step is somebody else's, asked one at a time. */
export const askedRotator = (asked: Asked): Rotator => {
  const names = asked.settings.texts('secrets') ?? []
  const request = (step: StepName, over: Attempt): Promise<StepAnswer> => {
    const { former, pending, marks, isEmergency } = over
    const secrets = new Map(names.map((name) => [name, secretNamed(asked.settings, 'secrets', over, name)]))
    const { credential } = asked
    return asked.ask({ step, credential, former, pending, secrets, marks, isEmergency }, over)
  }
  const before = (held: Held): Attempt => ({ ...held, former: held.values, pending: new Map(), marks: {} })
  const only = (step: StepName) => async (attempt: Attempt) => void (await request(step, attempt))
  return {
    oldStays: oldStaysOfAsked(asked),
    look: async (held) => {
      const { note } = await request('look', before(held))
      return { note: [asked.note, note, asked.credential.rotate.breaks].filter((one) => one !== null).join('; ') }
    },
    propose: async (held) => {
      const { values, marks } = await request('propose', before(held))
      return { values, marks }
    },
    install: async (attempt): Promise<Proposal> => {
      const answer = await request('install', attempt)
      const values: Values = new Map([...attempt.pending, ...answer.values])
      if (![...values].some(([name, value]) => attempt.former.get(name)?.equals(value) !== true)) {
        throw fail('TAMPERED', `${asked.who} installed ${asked.credential.id} and gave no new value`, {
          at: asked.credential.id,
          hint: 'the answer to propose or to install has to have "values"',
        })
      }
      return { values, marks: { ...attempt.marks, ...answer.marks } }
    },
    verify: only('verify'),
    retire: only('retire'),
    withdraw: only('withdraw'),
  }
}

const oldStaysOfAsked = ({ credential: { rotate }, settings }: Asked): OldStays => {
  const hasGap = settings.flag('gap') ?? false
  if (rotate.breaks !== null) return 'breaks'
  return hasGap ? 'gap' : 'both'
}

/** What was answered to a step. @param failure what is told of one that went wrong where the answer itself tells no error;
 *  null: it went well. @throws the one or the other; TAMPERED for what is no answer */
export const answered = (answer: Uint8Array, request: StepRequest, who: string, failure: Error | null): StepAnswer => {
  const source = new TextDecoder().decode(answer)
  if (failure === null) return answerFrom(source, request, who)
  throw problemFrom(source, request, who) ?? failure
}

/** Milliseconds that one step may take. @throws CONFIG for less than a second or more than ten minutes */
export const timeoutIn = (settings: Settings): number => {
  const timeout = settings.duration('timeout') ?? 60_000
  if (timeout >= 1000 && timeout <= 600_000) return timeout
  throw settings.wrong('timeout', 'must be from 1s to 10m')
}
