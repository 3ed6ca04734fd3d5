import type { Sink } from '../alerts/sink.ts'
import type { Manifest } from './manifest.ts'

/** Who uses this secret besides containers, in words: `alerts`, `rotation of database`. A setting of another group's
 *  `rotate:` map that is its name, or a list with it, names it: an administrator's password. */
export const usersOf = (
  { alerts, groups }: Pick<Manifest, 'alerts' | 'groups'>,
  secret: { readonly name: string; readonly group: string },
): readonly string[] => [
  ...(alerts.some(({ to }) => alertSecretOf(to) === secret.name) ? ['alerts'] : []),
  ...groups.flatMap(({ name, rotate }) =>
    rotate !== null && name !== secret.group && namedIn(rotate.settings).includes(secret.name)
      ? [`rotation of ${name}`]
      : [],
  ),
]

/** Null: it is sent without one. */
export const alertSecretOf = (to: Sink['to']): string | null =>
  to.kind === 'webhook' ? to.sign : to.kind === 'slack' ? to.secret : null

const namedIn = (settings: Readonly<Record<string, unknown>>): readonly unknown[] =>
  Object.entries(settings).flatMap(([setting, value]) => (setting === 'with' ? [] : [value].flat()))
