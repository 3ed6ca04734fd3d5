import { printable } from './printable.ts'

/** Rows as aligned columns, two spaces between, nothing after the last; cells are escaped. The first row is the
 *  heading where there is one; an empty list of rows is an empty text. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const cells = rows.map((row) => row.map((cell) => printable(cell).replaceAll('\n', '\\n')))
  const widths: number[] = []
  for (const row of cells) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, width(cell))
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, i) => pad(cell, widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

const pad = (cell: string, to: number): string => cell + ' '.repeat(Math.max(0, to - width(cell)))

/** Columns on a terminal, near enough for names of people and hosts: code points less the marks that combine. */
const width = (text: string): number => Array.from(text.replace(/\p{M}/gu, '')).length
