import type { Changed } from '../app/project/change-project.ts'
import type { Aftermath } from '../app/secrets/set-notes.ts'
import type { Result, Schema } from './command.ts'

export const changedProperties: Readonly<Record<string, Schema>> = {
  changed: {
    type: 'array',
    items: {
      type: 'object',
      properties: {
        name: { type: 'string' },
        group: { type: 'string' },
        host: { type: ['string', 'null'] },
        what: { enum: ['added', 'changed', 'removed'] },
        version: { type: 'integer' },
      },
      required: ['name', 'group', 'host', 'what', 'version'],
      additionalProperties: false,
    },
  },
  files: { type: 'array', items: { type: 'string' }, description: 'files written, from the root of the project' },
  notes: { type: 'array', items: { type: 'string' }, description: 'what may not have been meant' },
}

/** What the commands that change secrets print under --json. */
export const changedSchema: Schema = {
  type: 'object',
  properties: changedProperties,
  required: ['changed', 'files', 'notes'],
  additionalProperties: true,
}

/** A line for each secret that changed, or why there is none. */
export const changedResult = (
  changed: Changed,
  nothing: string,
  { newGroups, notes, next }: Aftermath,
): Result & { readonly text: string } => {
  const json = { changed: changed.secrets, files: changed.files, notes }
  if (changed.secrets.length === 0) return { text: nothing, json }
  const lines = changed.secrets.map(({ what, name, group, host, version }) => {
    const named = newGroups.includes(group) ? `new group ${group}` : `group ${group}`
    const where = host === null ? named : `${named}, host ${host}`
    return `${what} ${name} (${where}, version ${version})`
  })
  return { text: lines.join('\n'), json, next }
}
