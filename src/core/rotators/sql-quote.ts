/** A name in PostgreSQL. */
export const postgresName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A text in PostgreSQL, whatever `standard_conforming_strings` says. */
export const postgresText = (text: string): string => {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted
}

/** A text in MySQL and MariaDB, in a session whose sql_mode has NO_BACKSLASH_ESCAPES. */
export const mysqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** A name in MySQL and MariaDB, as they write it too. */
export const mysqlName = (name: string): string => `\`${name.replaceAll('`', '``')}\``
