import { pathWord } from '../host-text.ts'
import { list, nullable, oneOf, shape, text, type Shape } from '../shape.ts'
import { ofList, problemKinds, type ArchiveProblem } from './judge-archives.ts'

/** What `backup-verify` found wrong in one place; kept in the list of backups until a later look there does not. */
export interface Damage extends ArchiveProblem {
  /** Null: here. */
  readonly host: string | null
}

/** What was found in one place that was looked at. */
export interface SeenPlace {
  /** Null: here. */
  readonly host: string | null
  readonly problems: readonly ArchiveProblem[]
}

/** What is known to be wrong after these places were looked at. `left` are hosts that are there no more, so that nobody
 *  will ever look there again. */
export const learnDamage = (
  before: readonly Damage[],
  seen: readonly SeenPlace[],
  left: (host: string) => boolean,
): readonly Damage[] => {
  const places = new Set(seen.map(({ host }) => host))
  const stays = before.filter(({ host }) => !places.has(host) && !(host !== null && left(host)))
  return [...seen.flatMap(({ host, problems }) => problems.map((one) => ({ ...one, host }))), ...stays]
}

/** Can the same bytes be had again from another place? */
export const isMendable = ({ kind }: Pick<Damage, 'kind'>): boolean =>
  kind === 'changed' || kind === 'missing' || kind === 'renamed' || kind === 'swapped'

/** Where it is: `backups/NAME`, `host1:backups/NAME`. */
export const damagePlace = ({ host, name }: Pick<Damage, 'host' | 'name'>): string => {
  const path = name === ofList ? name : `backups/${name}`
  return host === null ? path : `${host}:${path}`
}

/** What to type. */
export const damageFix = (one: Damage): string => {
  if (isMendable(one)) return 'lockstep backup-verify --fix'
  if (one.kind !== 'extra') return 'lockstep backup, then lockstep backup-verify'
  const remove = `rm ${pathWord(damagePlace({ ...one, host: null }))}`
  return one.host === null
    ? `${remove}, once you know what it is; lockstep backup-verify`
    : `on ${one.host}, in the project’s directory there: ${remove}, once you know what it is; lockstep backup-verify`
}

const damage: Shape<Damage> = shape<Damage>({
  host: nullable(text),
  kind: oneOf(...problemKinds),
  name: text,
  message: text,
})

/** As the list, and what is known on this machine, keep it; none in one of before there was that. */
export const damages: Shape<readonly Damage[]> = (value, at) => nullable(list(damage))(value, at) ?? []
