import { openDatabase } from './open-database.ts'
import { postgresDialect } from './postgres-dialect.ts'
import type { RotatorKind } from '../../core/rotate/rotator.ts'

/** Users of a PostgreSQL server: two that take turns, or one. */
export const postgres: RotatorKind = {
  open: (credential, ports) =>
    openDatabase(
      {
        server: 'postgres',
        port: 5432,
        schemes: ['postgresql', 'postgres'],
        settings: ['database'],
        dialect: postgresDialect,
      },
      credential,
      ports,
    ),
}
