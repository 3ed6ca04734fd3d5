/** A name in PostgreSQL. */
export const postgresName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A text in PostgreSQL, whatever `standard_conforming_strings` says. */
export const postgresText = (text: string): string => {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted
}
