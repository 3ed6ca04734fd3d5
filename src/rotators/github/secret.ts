import { fail } from '../../core/errors.ts'
import type { Attempt, Rotator } from '../../core/rotate/rotator.ts'
import type { Secret } from '../../core/secret.ts'
import { makeTexts, oldStaysOfRandom, textSettings, withPrevious } from '../shared/random-values.ts'
import { failAt } from './fail-at.ts'
import { loginSettings } from './login.ts'
import type { Opening } from './opening.ts'
import { storedAs } from './stored.ts'
import { targetsIn } from './target.ts'

export const secretSettings: readonly string[] = ['to', 'name', ...textSettings, ...loginSettings]

const absent = 'absent'

/** A random value of ours that workflows get as well. What GitHub holds is never shown again: whether it was written is
 *  told by the time of its last change alone. Where the containers go on taking the previous value, GitHub gets the new
 *  one when they all have it (with `retire`): no workflow is refused in between. Else it gets it first. */
export const secretKind = ({ credential, ports, settings, api, login }: Opening): Rotator => {
  const [secret = ''] = credential.names
  if (credential.names.length > 1) {
    throw settings.wrong('name', 'is for a group with one key', 'without it, each key is stored under its own name')
  }
  const stored = storedAs(nameIn(settings.text('name') ?? secret, secret), api, login, ports.clock)
  const targets = targetsIn(settings)
  const make = makeTexts(credential, ports.random, settings)
  const oldStays = oldStaysOfRandom(credential, settings)
  const isLast = oldStays === 'previous'

  const pushAll = async (attempt: Attempt): Promise<Record<string, string>> => {
    const after: Record<string, string> = {}
    for (const target of targets) {
      const mark = attempt.marks[`after ${target.at}`]
      const isDone = mark !== undefined && (await stored.find(attempt, target))?.updated === mark
      after[`after ${target.at}`] = isDone ? mark : await stored.push(attempt, target, valueOf(attempt, secret))
    }
    return after
  }

  return {
    oldStays,
    look: async (held) => {
      const notes = []
      for (const target of targets) {
        await stored.reach(held, target)
        const isNew = (await stored.find(held, target)) === null
        const isUnknown = !isNew && !held.values.has(secret)
        notes.push(`${target.at}${isNew ? ' (new)' : isUnknown ? ' (replaces what is there)' : ''}`)
      }
      return { note: notes.join(', ') }
    },
    propose: async (held) => {
      const marks: Record<string, string> = {}
      for (const target of targets) {
        await stored.reach(held, target)
        marks[`before ${target.at}`] = (await stored.find(held, target))?.updated ?? absent
      }
      return { values: await withPrevious(credential, held, make), marks }
    },
    install: async (attempt) => {
      const after = isLast ? {} : await pushAll(attempt)
      return { values: attempt.pending, marks: { ...attempt.marks, ...after } }
    },
    verify: async (attempt) => {
      for (const target of targets) {
        if (isLast) await stored.reach(attempt, target)
        else await isOurs(await stored.find(attempt, target), attempt.marks[`after ${target.at}`], target.at)
      }
    },
    retire: async (attempt) => void (isLast && (await pushAll(attempt))),
    withdraw: async (attempt) => {
      for (const target of targets) {
        const before = attempt.marks[`before ${target.at}`]
        const now = await stored.find(attempt, target)
        if (now === null || now.updated === before) continue
        const former = attempt.former.get(secret)
        if (before === absent) await stored.remove(attempt, target)
        else if (former !== undefined) await stored.push(attempt, target, former)
        else throw unknownBefore(target.at)
      }
    },
  }
}

/** @throws CONFIG where GitHub would not take it */
const nameIn = (name: string, secret: string): string => {
  if (/^[A-Z_][A-Z0-9_]{0,127}$/.test(name) && !name.startsWith('GITHUB_')) return name
  throw fail('CONFIG', `no secret at GitHub can be called ${name}`, {
    hint: `capital letters, digits and _, not GITHUB_…: name: MY_${secret.toUpperCase()}`,
  })
}

const valueOf = ({ pending }: Attempt, secret: string): Secret => {
  const value = pending.get(secret)
  if (value !== undefined) return value
  throw fail('INTERNAL', `the new value of ${secret} is not there`)
}

const isOurs = async (
  now: { readonly updated: string } | null,
  mark: string | undefined,
  at: string,
): Promise<void> => {
  if (now !== null && now.updated === mark) return
  throw failAt(
    at,
    'CONFLICT',
    `somebody else ${now === null ? 'removed the secret' : 'wrote the secret after us'}`,
    'find out who: its value is not ours now. lockstep rotate --abort puts the former one there',
  )
}

const unknownBefore = (at: string): Error =>
  failAt(
    at,
    'CONFLICT',
    'what the secret held before us was never known here, so it cannot be put back',
    'set it again there: gh secret set',
  )
