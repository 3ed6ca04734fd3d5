import { codes } from '../core/errors.ts'
import type { Schema } from './command.ts'
import {
  byAction,
  integer,
  listOf,
  number,
  object,
  orNull,
  problem,
  text,
  texts,
  time,
  truth,
  words,
} from './schemas.ts'
import { verdictOrNull, watchEventMembers } from './watch-output.ts'

const problems = listOf(
  object({
    file: text,
    line: { ...integer, description: '0: the file as a whole' },
    kind: { enum: ['changed', 'missing', 'order', 'foreign', 'cut', 'scar', 'head', 'anchor'] },
    message: text,
  }),
)

const names = object(
  { secrets: texts, groups: texts, hosts: texts, files: texts, password: truth, more: integer },
  { optional: ['secrets', 'groups', 'hosts', 'files', 'password', 'more'] },
)

const entry = object({
  log: { ...text, description: 'id of the log' },
  seq: integer,
  at: time,
  run: text,
  action: { enum: ['read', 'change', 'deliver', 'look', 'log'] },
  command: text,
  names,
  who: object({
    operator: words,
    user: text,
    uid: integer,
    sudo: words,
    pid: integer,
    parent: orNull(object({ pid: integer, name: words })),
    host: text,
  }),
  why: words,
  result: { enum: ['begun', 'done', ...Object.keys(codes)] },
  scar: orNull(
    object({ kind: { enum: ['torn', 'cut', 'gone', 'changed', 'head'] }, bytes: number, seq: number, hash: words }),
  ),
  mark: orNull(object({ at: time, kind: { enum: ['glass', 'refused', 'late'] } })),
  prev: { ...text, description: 'hash of the line before' },
  key: text,
})

const listed = object({ entries: listOf(entry), problems })

const event = object({
  n: { ...integer, description: 'place in the view' },
  host: text,
  container: { ...words, description: 'null: the watch of the host' },
  instance: text,
  position: text,
  kind: text,
  verdict: { ...verdictOrNull, description: 'as it was judged when it was pulled; null: of a container' },
  watch: orNull(object(watchEventMembers)),
  told: orNull(
    object({
      event: { enum: ['ready', 'degraded'] },
      stamp: text,
      time: { ...words, description: 'as the program said it' },
      scope: words,
      generation: number,
      missing: texts,
      error: words,
    }),
  ),
})

export const logOutput: Schema = byAction({
  verify: object({
    count: { ...integer, description: 'entries' },
    problems,
    notes: texts,
    head: { ...orNull(object({ id: text, seq: integer, hash: text })), description: 'the last entry' },
  }),
  show: object({
    entries: listOf(entry),
    older: { ...integer, description: 'how many older ones are like that, and not shown' },
    problems,
  }),
  export: listed,
  pull: object({
    environment: text,
    events: { ...listOf(event), description: 'the new ones' },
    failed: { ...listOf(object({ host: text, problem })), description: 'hosts that could not be asked' },
    notes: texts,
  }),
  events: object({ events: listOf(event) }),
})
