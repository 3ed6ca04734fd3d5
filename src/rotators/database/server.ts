import { fail } from '../../core/errors.ts'
import type { readDatabaseUrl } from '../../core/rotators/database-url.ts'
import type { Settings } from '../../core/rotators/settings.ts'
import type { SqlServer } from '../../core/rotators/sql.ts'

/** The settings about where the server is. They win over the address that containers are given: from where rotations
 *  run it may have another. */
export const serverSettings: readonly string[] = ['host', 'port', 'tls', 'ca']

export type ServerOf = (address: ReturnType<typeof readDatabaseUrl>) => SqlServer

/** A path would be refused much later, as an unknown authority. @throws CONFIG */
const certificateIn = (settings: Settings): string | null => {
  const ca = settings.text('ca')
  if (ca === null || ca.includes('-----BEGIN CERTIFICATE-----')) return ca
  throw settings.wrong(
    'ca',
    'is no certificate',
    'its text itself, not a path: ca: | and below it -----BEGIN CERTIFICATE----- …',
  )
}

/** @throws CONFIG, also when called: where nobody says where the server is */
export const serverIn = (
  settings: Settings,
  kind: SqlServer['kind'],
  { usualPort, urlKey }: { readonly usualPort: number; readonly urlKey: string | null },
): ServerOf => {
  const given = {
    host: settings.text('host'),
    port: settings.integer('port', { from: 1, to: 65_535 }),
    database: settings.text('database'),
    tls: settings.word('tls', ['verify-full', 'disable'] as const) ?? 'verify-full',
    ca: certificateIn(settings),
  }
  return (address) => {
    const host = given.host ?? address?.host ?? null
    if (host === null)
      throw settings.wrong('host', 'is missing: nobody says where the server is', 'host: db.example.org')
    const port = given.port ?? address?.port ?? usualPort
    const isFromUrl = given.host === null || (given.port === null && (address?.port ?? null) !== null)
    const called = isFromUrl && urlKey !== null ? { called: `the server of ${urlKey}` } : {}
    if (port > 65_535 || port < 1) {
      throw fail('CONFIG', `${called.called ?? host} has no such port`, { hint: 'port: NUMBER' })
    }
    return {
      kind,
      host,
      port,
      ...called,
      database: given.database ?? address?.database ?? null,
      tls: given.tls,
      ca: given.ca,
    }
  }
}
