import { updateDotenv } from '../../core/formats/dotenv.ts'
import type { SecretsError } from '../../core/errors.ts'
import { fail, hasCode } from '../../core/errors.ts'
import { declareKey, undeclareKey } from '../../core/manifest/manifest-edit.ts'
import { groupOf } from '../../core/manifest/manifest.ts'
import { Secret } from '../../core/secret.ts'
import { didYouMean } from '../../core/suggest.ts'
import type { Changed, ChangePorts, ProjectChange } from '../project/change-project.ts'
import { changeProject } from '../project/change-project.ts'
import { checkGroupName, groupNames } from './choose-group.ts'
import type { EditSession, SessionOptions, SessionPorts } from './edit-session.ts'
import { withEditSession } from './edit-session.ts'
import type { GroupFile } from './group-file.ts'
import { groupFileOf } from './group-file.ts'
import type { OpenProject } from '../project/open-project.ts'
import { openProject } from '../project/open-project.ts'

export interface EditTarget {
  readonly group: string
  readonly host: string | null
}

export type EditPorts = ChangePorts & SessionPorts

/** Rounds through the editor: a program in the place of an editor must not go on for ever. */
const mostRounds = 10

/** Lets the person edit a group's text. What cannot be read or written goes back to the editor with the reason; leaving
 *  it unchanged then gives up. Values that others changed meanwhile are kept, and asked about where both did.
 *  Null: nothing was changed. @throws the reason that was given up on; UNAVAILABLE when the editor failed */
export const editGroup = async (
  ports: EditPorts,
  open: OpenProject,
  target: EditTarget,
  options: Pick<SessionOptions, 'signal' | 'report'>,
): Promise<Changed | null> => {
  const base = await open.readGroup(target.group, target.host)
  return withEditSession(ports, { ...options, name: `${target.group}.env` }, (session) =>
    rounds(ports, session, { open, target, base }),
  )
}

interface Editing {
  readonly open: OpenProject
  readonly target: EditTarget
  /** What the text was made from. */
  base: GroupFile | null
}

const rounds = async (ports: EditPorts, session: EditSession, editing: Editing): Promise<Changed | null> => {
  let offered = editing.base?.text ?? startText(editing)
  let reason: SecretsError | null = null
  for (let round = 0; round < mostRounds; round++) {
    const shown: Secret = reason === null ? offered : withReason(offered, reason)
    const saved = await session.edit(shown)
    if (saved.equals(shown)) {
      if (reason === null) return null
      const at = reason.at ?? editing.target.group
      throw fail(reason.code, reason.message, { at, hint: 'given up: nothing was written' })
    }
    const done = await attempt(ports, editing, reason === null ? saved : withoutReason(saved))
    if ('changed' in done) return done.changed
    ;[offered, reason] = [done.text, done.reason]
  }
  throw reason ?? fail('INTERNAL', 'the editor never ended')
}

type Attempt = { readonly changed: Changed } | { readonly text: Secret; readonly reason: SecretsError }

const attempt = async (ports: EditPorts, editing: Editing, saved: Secret): Promise<Attempt> => {
  const { open, target, base } = editing
  try {
    return { changed: await changeProject(ports, open, changeOf(editing, saved)) }
  } catch (error) {
    if (!hasCode(error, 'CONFIG', 'USAGE', 'CONFLICT')) throw error
    const now = await openProject(ports, open.project, open.password).readGroup(target.group, target.host)
    if (!hasCode(error, 'CONFLICT') || sameText(now, base)) return { text: saved, reason: error }
    editing.base = now
    const merged = mergeOthers(base, now, groupFileOf(pathOf(base, now), saved.bytes(), target.group))
    if (merged.both.length === 0) return attempt(ports, editing, merged.text)
    const message = `somebody else changed ${merged.both.join(', ')} meanwhile; remove these lines to write yours over that`
    return { text: merged.text, reason: fail('CONFLICT', message) }
  }
}

const pathOf = (...files: readonly (GroupFile | null)[]): string => files.find((file) => file !== null)?.path ?? ''

const sameText = (a: GroupFile | null, b: GroupFile | null): boolean =>
  a === null || b === null ? a === b : a.text.equals(b.text)

/** My text with what others changed since; `both` are the names we both changed, which stay mine. */
const mergeOthers = (
  base: GroupFile | null,
  now: GroupFile | null,
  mine: GroupFile,
): { readonly text: Secret; readonly both: readonly string[] } => {
  const value = (file: GroupFile | null, name: string): Secret | null => file?.values.get(name) ?? null
  const same = (a: Secret | null, b: Secret | null): boolean => (a === null || b === null ? a === b : a.equals(b))
  const names = new Set([...(base?.values.keys() ?? []), ...(now?.values.keys() ?? [])])
  const theirs = Array.from(names).filter((name) => !same(value(base, name), value(now, name)))
  const both = theirs.filter(
    (name) => !same(value(base, name), value(mine, name)) && !same(value(now, name), value(mine, name)),
  )
  const taken = new Map(theirs.filter((name) => !both.includes(name)).map((name) => [name, value(now, name)]))
  return { text: new Secret(updateDotenv(mine.text.reveal(), taken)), both }
}

const changeOf = ({ open, target, base }: Editing, saved: Secret): ProjectChange => {
  const texts = [{ ...target, text: saved, basedOn: base }]
  if (target.host !== null || open.project.manifest.groups.length === 0) return { texts }
  const before = base?.values ?? new Map<string, Secret>()
  const after = groupFileOf(`${target.group}.env`, saved.bytes(), target.group).values
  const [added, removed] = [
    [...after.keys()].filter((name) => !before.has(name)),
    [...before.keys()].filter((name) => !after.has(name)),
  ]
  const previous = groupOf(open.project.manifest, target.group)?.rotate?.previous
  const manifest = (text: string): string => {
    const less = removed.reduce((edited, name) => undeclareKey(edited, target.group, name), text)
    return added
      .filter((name) => name !== previous)
      .reduce((edited, name) => declareKey(edited, target.group, name), less)
  }
  return { texts, manifest }
}

const mark = '#! '

const withReason = (text: Secret, { message, at }: SecretsError): Secret => {
  const lines = [
    `${message}${at === undefined ? '' : ` (${at})`}`,
    'correct it and save; leave the file as it is to give up',
  ]
  return new Secret(`${lines.join('\n').replace(/^/gm, mark)}\n${text.reveal()}`)
}

const withoutReason = (text: Secret): Secret => {
  const lines = text.reveal().split('\n')
  const first = lines.findIndex((line) => !line.startsWith(mark))
  return new Secret(lines.slice(Math.max(0, first)).join('\n'))
}

/** For a group that has no file yet: its declared keys, as comments to fill in. */
const startText = ({ open, target }: Editing): Secret => {
  const keys = groupOf(open.project.manifest, target.group)?.keys ?? []
  return new Secret(
    [`# group ${target.group}: NAME=value, one on each line`, ...keys.map((key) => `# ${key}=`), ''].join('\n'),
  )
}

/** The group that `edit` and `view` mean: the one named, or the only one there is. @throws NOT_FOUND; USAGE */
export const findGroup = async (open: OpenProject, name: string | undefined): Promise<string> => {
  const names = groupNames(open.project.manifest, await open.metadata())
  if (name === undefined) {
    if (names[0] !== undefined && names.length === 1) return names[0]
    throw fail('USAGE', 'say which group', {
      hint: names.length === 0 ? 'lockstep create' : `groups: ${names.join(', ')}`,
    })
  }
  if (names.length === 0 || names.includes(name)) return checkGroupName(name)
  throw fail('NOT_FOUND', `no group ${name}${didYouMean(name, names)}`, {
    hint: `groups: ${names.join(', ')}; lockstep set NAME --group GROUP starts another`,
  })
}
