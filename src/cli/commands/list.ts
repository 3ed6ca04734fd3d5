import type { ListedSecret } from '../../app/secrets/list.ts'
import { fail } from '../../core/errors.ts'
import { quoteName } from '../../core/names.ts'
import { didYouMean } from '../../core/suggest.ts'
import { define, type Command, type Result } from '../command.ts'
import { inMetadata } from '../in-project.ts'
import { ageAndDue } from '../age-words.ts'
import { table } from '../table.ts'

const states = ['fresh', 'due', 'overdue', 'missing'] as const

export const command: Command = define({
  name: 'list',
  area: 'secrets',
  summary: 'list the secrets, their ages and what is overdue',
  about: `
Opens no value. AGE/DUE is the age of the current version, and the age at which its group says to replace it; ! marks
what is overdue. A secret without a value is missing.`,
  flags: {
    group: { type: 'string', short: 'g', value: 'GROUP', summary: 'only this group' },
    overdue: { type: 'boolean', summary: 'only what is due, overdue or missing' },
  },
  examples: [
    { line: 'lockstep list', says: 'all of them' },
    { line: 'lockstep list --overdue', says: 'what needs doing' },
    { line: 'lockstep list -E staging --json', says: 'another environment, for a program' },
  ],
  output: {
    type: 'object',
    properties: {
      environment: { type: 'string' },
      secrets: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            name: { type: 'string' },
            group: { type: 'string' },
            host: { type: ['string', 'null'], description: 'the host whose own value this is' },
            version: { type: ['integer', 'null'], description: 'null while it has no value' },
            set: { type: ['string', 'null'] },
            age: { type: ['integer', 'null'], description: 'milliseconds' },
            every: { type: ['integer', 'null'], description: 'milliseconds after which it is due' },
            with: { type: ['string', 'null'], description: 'the rotator' },
            state: { enum: states },
            declared: { type: 'boolean' },
            given: { type: 'boolean', description: 'false: containers are declared, and none gets its group' },
            users: {
              type: 'array',
              items: { type: 'string' },
              description: 'who uses it besides containers: alerts, the rotation of a group',
            },
          },
          required: [
            'name',
            'group',
            'host',
            'version',
            'set',
            'age',
            'every',
            'with',
            'state',
            'declared',
            'given',
            'users',
          ],
          additionalProperties: false,
        },
      },
    },
    required: ['environment', 'secrets'],
    additionalProperties: false,
  },
  run: async (call) => {
    const { listSecrets } = await import('../../app/secrets/list.ts')
    const { groupNames } = await import('../../app/secrets/choose-group.ts')
    return inMetadata(call, async (open) => {
      const { manifest } = open.project
      const all = listSecrets(manifest, await open.metadata(), call.ports.clock.now())
      checkGroup(call.flags.group, groupNames(manifest, await open.metadata()))
      const wanted = all
        .filter(({ group }) => call.flags.group === undefined || group === call.flags.group)
        .filter(({ state }) => !call.flags.overdue || state !== 'fresh')
      return listResult(wanted, all.length, manifest.environment)
    })
  },
})

const checkGroup = (wanted: string | undefined, names: readonly string[]): void => {
  if (wanted === undefined || names.includes(wanted)) return
  throw fail('NOT_FOUND', `no group ${quoteName(wanted)}${didYouMean(wanted, names)}`, {
    hint: names.length === 0 ? 'lockstep create' : `groups: ${names.join(', ')}`,
  })
}

const listResult = (secrets: readonly ListedSecret[], total: number, environment: string): Result => {
  const json = { environment, secrets }
  if (total === 0) return { text: 'no secrets yet', json, next: 'lockstep create, or lockstep set NAME' }
  if (secrets.length === 0) return { text: 'nothing to list: no secret is like that', json }
  const rows = secrets.map((one) => [one.name, one.group, version(one), ageAndDue(one), one.with ?? '-', notes(one)])
  const missing = secrets.some((one) => one.state === 'missing')
  return {
    text: table([['SECRET', 'GROUP', 'VERSION', 'AGE/DUE', 'WITH', 'NOTE'], ...rows]),
    json,
    ...(missing ? { next: 'lockstep create' } : {}),
  }
}

const version = ({ version }: ListedSecret): string => (version === null ? '-' : String(version))

const notes = ({ host, state, declared, given, users }: ListedSecret): string =>
  [
    ...(host === null ? [] : [`only on ${host}`]),
    ...(state === 'fresh' ? [] : [state]),
    ...(declared ? [] : ['not declared']),
    ...(users.length > 0 ? [`used by ${users.join(', ')}`] : given ? [] : ['given to no container']),
  ].join(', ')
