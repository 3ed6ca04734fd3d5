import { ed25519Answer } from '../../crypto/mariadb-ed25519.ts'
import type { RotatorKind } from '../../core/rotate/rotator.ts'
import { mysqlDialect } from './mysql-dialect.ts'
import { openDatabase } from './open-database.ts'

/** Users of a MariaDB or MySQL server: two that take turns, or one. */
export const mysql: RotatorKind = {
  open: (credential, ports) =>
    openDatabase(
      {
        server: 'mysql',
        port: 3306,
        schemes: ['mysql', 'mariadb'],
        settings: ['dual'],
        dialect: mysqlDialect,
        ed25519: ed25519Answer,
      },
      credential,
      ports,
    ),
}
