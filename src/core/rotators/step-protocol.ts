import { fail, type SecretsError } from '../errors.ts'
import { Secret } from '../secret.ts'
import { dictionary, nullable, oneOf, parseOrNull, shape, text, type Shape } from '../shape.ts'
import type { Credential } from '../rotate/credential.ts'
import type { Marks, Values } from '../rotate/rotator.ts'
import { sharesPiece, tellable } from './tellable.ts'

/** The steps of a rotation as somebody else's program is asked for them: one JSON object each way (docs/rotators.md). */
export type StepName = 'look' | 'propose' | 'install' | 'verify' | 'retire' | 'withdraw'

export interface StepRequest {
  readonly step: StepName
  readonly credential: Pick<Credential, 'id' | 'group' | 'host' | 'names'>
  readonly former: Values
  readonly pending: Values
  /** Other secrets of the project, which the settings name. */
  readonly secrets: Values
  readonly marks: Marks
  readonly isEmergency: boolean
}

export interface StepAnswer {
  readonly values: Values
  readonly marks: Marks
  /** What may be shown of it. */
  readonly note: string | null
}

/** @throws CONFIG for a value that is not text */
export const requestJson = (asked: StepRequest): string => {
  const { id, group, host, names } = asked.credential
  return JSON.stringify({
    format: 1,
    step: asked.step,
    credential: { id, group, host, names },
    former: textOf(asked.former),
    pending: textOf(asked.pending),
    secrets: textOf(asked.secrets),
    marks: asked.marks,
    emergency: asked.isEmergency,
  })
}

const textOf = (values: Values): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...values].map(([name, value]) => {
      const shown = value.reveal()
      if (new Secret(shown).equals(value)) return [name, shown]
      throw fail('CONFIG', `${name} is not text, and cannot be handed on as JSON`, { at: name })
    }),
  )

/** @param who for people: the program or the host asked. @throws what the answer says went wrong; TAMPERED for one that
 *  is not an answer to this step */
export const answerFrom = (source: string, asked: StepRequest, who: string): StepAnswer => {
  const problem = problemFrom(source, asked, who)
  if (problem !== null) throw problem
  const wrong = (what: string): SecretsError => notAnAnswer(who, asked, what)
  const answer = parseOrNull(source, answerShape)
  if (answer === null) throw wrong('is not what is documented')
  if (answer.step !== asked.step) throw wrong(`does not say "step":"${asked.step}"`)
  const given = Object.entries(answer.values ?? {})
  if (given.some(([name]) => !asked.credential.names.includes(name))) throw wrong('has a value of another name')
  if (given.some(([, value]) => value === '')) throw wrong('has an empty value')
  const values = new Map(given.map(([name, value]) => [name, new Secret(value)]))
  const known = [...knownTo(asked), ...values.values()]
  const marks = answer.marks ?? {}
  if (!areMarks(marks)) throw wrong('has marks that are no short names and lines')
  const isTold = Object.entries(marks).some(([name, mark]) =>
    known.some((value) => sharesPiece(`${name} ${mark}`, value, markPiece)),
  )
  if (isTold) throw wrong('has a mark with a value, or a piece of one, in it')
  return {
    values,
    marks,
    note: answer.note === null ? null : (tellable(answer.note, known) ?? 'its note is not shown'),
  }
}

/** The error that an answer tells. Null: none. */
export const problemFrom = (source: string, asked: StepRequest, who: string): SecretsError | null => {
  const found = parseOrNull(source, errorShape)
  if (found === null) return null
  const { code, message } = found.error
  const given = Object.values(parseOrNull(source, answerShape)?.values ?? {}).map((value) => new Secret(value))
  const words = message === null ? null : tellable(message, [...knownTo(asked), ...given])
  const said = words === null ? 'says no more that can be shown' : `says: ${withoutStop(words)}`
  return fail(code, `${who} could not ${asked.step} ${asked.credential.id} and ${said}`, { at: asked.credential.id })
}

const withoutStop = (words: string): string => words.replace(/[.\s]+$/u, '')

const notAnAnswer = (who: string, { step, credential: { id } }: StepRequest, what: string): SecretsError =>
  fail('TAMPERED', `the answer of ${who} to ${step} ${what}`, {
    at: id,
    hint: 'what it is to answer stands in docs/rotators.md; the answer itself is not shown: it may hold values',
  })

const knownTo = ({ former, pending, secrets }: StepRequest): readonly Secret[] => [
  ...former.values(),
  ...pending.values(),
  ...secrets.values(),
]

const markPiece = 16
const mostMarks = 32

const areMarks = (marks: Marks): boolean => {
  const all = Object.entries(marks)
  const isFit = ([name, mark]: readonly [string, string]): boolean =>
    /^[A-Za-z0-9_.-]{1,64}$/.test(name) && /^[\x20-\x7e]{0,512}$/.test(mark)
  return all.length <= mostMarks && all.every(isFit)
}

interface Answer {
  readonly step: string
  readonly values: Readonly<Record<string, string>> | null
  readonly marks: Marks | null
  readonly note: string | null
}

const answerShape: Shape<Answer> = shape({
  step: text,
  values: nullable(dictionary(text)),
  marks: nullable(dictionary(text)),
  note: nullable(text),
})

const errorShape = shape({
  error: shape({ code: oneOf('CONFIG', 'CONFLICT', 'DENIED', 'UNAVAILABLE'), message: nullable(text) }),
})
