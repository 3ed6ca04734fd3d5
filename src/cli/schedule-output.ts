import { jobs } from '../core/schedule/jobs.ts'
import type { Schema } from './command.ts'
import {
  byAction,
  integer,
  listOf,
  maybeTime,
  number,
  object,
  orNull,
  text,
  texts,
  time,
  truth,
  words,
} from './schemas.ts'

const last = object({
  begun: time,
  pid: integer,
  ended: { ...maybeTime, description: 'null: it runs, or was killed' },
  exit: number,
  succeeded: maybeTime,
  why: { ...words, description: 'why it failed' },
})

const job = object({
  job: { enum: jobs.map(({ name }) => name) },
  state: { enum: ['installed', 'not installed', 'no command'] },
  line: words,
  last: orNull(last),
  next: maybeTime,
  isOverdue: { ...truth, description: 'it has not run within twice its period' },
})

const file = object({
  path: text,
  state: {
    enum: ['kept', 'missing', 'edited', 'to remove', 'absent'],
    description: 'as it was before: what is missing or edited is written anew',
  },
})

export const scheduleOutput: Schema = byAction({
  install: object({
    environment: text,
    by: { enum: ['cron', 'systemd'] },
    installed: { ...texts, description: 'names of the jobs' },
    files: listOf(file),
    notes: texts,
  }),
  list: object({
    by: { enum: ['cron', 'systemd', null] },
    jobs: listOf(job),
    edited: { ...texts, description: 'files that are not as they were installed' },
    isOfAnother: { ...truth, description: 'another account installed it, and knows how the jobs ran' },
  }),
  remove: object({ files: listOf(file) }),
})
