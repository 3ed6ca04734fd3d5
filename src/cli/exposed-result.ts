import { few } from '../core/names.ts'
import { exposures, remedyOf, type Exposed, type ExposedSecret } from '../core/rotate/exposed.ts'
import { setLine } from '../core/secrets/set-line.ts'
import type { Schema } from './command.ts'
import { integer, listOf, maybeTime, object, orNull, text, texts, truth, words } from './schemas.ts'
import { table } from './table.ts'

/** What somebody could read, under --json; null where that was not asked. */
export const exposedSchema: Schema = orNull(
  object({
    who: text,
    kind: { enum: ['host', 'operator'] },
    isControl: { ...truth, description: 'true: secrets are changed there, so all of them can be read' },
    readsOn: { ...truth, description: 'true: they get the new values as well' },
    secrets: listOf(
      object({
        name: text,
        group: { ...words, description: 'null: the project has no such secret any more' },
        host: { ...words, description: 'null: the same on every host' },
        version: { ...orNull(integer), description: 'null: those before the one in force' },
        inForce: { ...orNull(integer), description: 'the version in force' },
        state: {
          enum: exposures,
          description:
            'previous: still delivered as the value before; former: waits for its end; unended: nobody is known to have ended it; replaced: void',
        },
        since: { ...maybeTime, description: 'when it was replaced' },
        credential: { ...words, description: 'by which it is rotated; null: lockstep set' },
        proofs: { ...texts, description: 'which generation, or file, says that it could be read' },
      }),
    ),
  }),
)

export const exposedLines = (exposed: Exposed | null): readonly string[] => {
  if (exposed === null || exposed.secrets.length === 0) return []
  const heading = [`${exposed.who} COULD READ`, 'VERSION', 'NOW', 'WHAT', 'PROOF']
  return [table([heading, ...exposed.secrets.map(cells)]).trimEnd()]
}

const cells = (one: ExposedSecret): readonly string[] => [
  `${one.name}${one.host === null ? '' : `@${one.host}`}`,
  one.version === null ? `<${one.inForce ?? '?'}` : String(one.version),
  String(one.inForce ?? '-'),
  remedyWords(one),
  few(one.proofs),
]

const remedyWords = (one: ExposedSecret): string => {
  switch (remedyOf(one)) {
    case 'rotate':
      return one.state === 'previous' ? 'rotate: delivered as the previous value' : 'rotate'
    case 'set':
      return setLine(one)
    case 'end':
      return 'end: the former value is still valid'
    case 'look':
      return one.state === 'removed'
        ? 'no longer in the project: see that it was ended'
        : `replaced ${one.since?.slice(0, 10) ?? '?'}: see that it was ended where it was made`
    case 'none':
      return `void since ${one.since?.slice(0, 10) ?? '?'}`
  }
}
