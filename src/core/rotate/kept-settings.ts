import type { Rotate } from '../manifest/manifest.ts'
import type { OpenCredential } from './journal.ts'

/** What may change while a rotation is not over: when there is one, and what people are told. */
const free: ReadonlySet<string> = new Set(['with', 'every', 'overlap', 'hint', 'breaks'])

/** By name: each setting that says where and how its upstream is, as one text for one meaning. */
export const keptSettings = ({ settings }: Pick<Rotate, 'settings'>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(settings)
      .filter(([name]) => !free.has(name))
      .map(([name, value]) => [name, JSON.stringify(steady(value))]),
  )

const steady = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(steady)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, one]) => [name, steady(one)]),
  )
}

export interface ChangedSetting {
  readonly name: string
  /** As it was; null: it was not there. */
  readonly before: string | null
}

/** The first setting that is not as it was when the rotation began; null: none, or nobody wrote them down. */
export const changedSetting = (
  { settings: before }: Pick<OpenCredential, 'settings'>,
  rotate: Pick<Rotate, 'settings'>,
): ChangedSetting | null => {
  if (before === null) return null
  const now = keptSettings(rotate)
  const name = [...Object.keys(before), ...Object.keys(now)].find((one) => before[one] !== now[one])
  return name === undefined ? null : { name, before: before[name] ?? null }
}
