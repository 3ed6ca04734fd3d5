import type { Rekeyed } from '../app/project/rekey.ts'
import type { Result, Schema } from './command.ts'
import { noteLine } from './note-line.ts'
import { listOf, object, text, texts, words } from './schemas.ts'

/** What `rekey` and `operators remove` print under --json. Never the password. */
export const rekeyedSchema: Schema = object({
  files: { ...texts, description: 'files written or removed, from the root of the project' },
  operators: { ...texts, description: 'who can open the new password with a key of their own' },
  secrets: {
    ...listOf(object({ name: text, group: text, host: words })),
    description: 'what the old password opened: unchanged by a new one',
  },
  elsewhere: { ...words, description: 'where the new password still has to be put by hand' },
  notes: texts,
})

/** `left` is who went, when somebody did: then every secret they could read is listed. */
export const rekeyedResult = (
  done: Rekeyed,
  { projectKey, left }: { readonly projectKey: boolean; readonly left: string | null },
): Result => {
  const { files, operators, secrets, elsewhere, passwordFiles } = done
  const lines = [
    `new project password for ${files.length} files${projectKey ? ', and a new project key' : ''}`,
    ...passwordFiles.map((path) => `it is in ${path}, which is not committed: hand it to who has no operator's file`),
    ...(operators.length === 0 ? [] : [`operators who get it with git pull: ${operators.join(', ')}`]),
    ...(elsewhere === null ? [] : [`put it there by hand as well: ${elsewhere}`]),
    projectKey
      ? 'what is on hosts carries the former fingerprints: the next deploy re-creates every container'
      : 'generations on hosts have passwords of their own: what runs there is unaffected',
    ...(projectKey && done.hasRecovery
      ? ['the recovery identity of backups names the key before this: lockstep backup recovery --renew']
      : []),
    ...(left === null ? [] : aboutLeaver(left, secrets)),
    ...done.notes.map(noteLine),
  ]
  const directory = files.map((path) => /^(?:.*\/)?secrets(?=\/)/.exec(path)?.[0]).find((path) => path !== undefined)
  const push = `git add -A ${directory ?? 'secrets'} && git commit && git push`
  const next = projectKey ? `${push}, then lockstep deploy` : push
  return { text: lines.join('\n'), json: { files, operators, secrets, elsewhere, notes: done.notes }, next }
}

const aboutLeaver = (left: string, secrets: Rekeyed['secrets']): readonly string[] => [
  `${left} could read these, and still knows them: rotating a key that encrypts is not rotating the secrets`,
  ...secrets.map(
    ({ name, group, host }) =>
      `  ${name} (group ${group}${host === null ? '' : `, host ${host}`}): lockstep set ${name}`,
  ),
  `once this is committed and deployed, lockstep rotate --exposed-by ${left} replaces what lockstep.yaml says how to rotate`,
]
