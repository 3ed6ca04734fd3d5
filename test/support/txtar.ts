/** A script with its files at the bottom, each after a line `-- name --`. */
export interface Archive {
  readonly script: string
  readonly files: readonly { readonly name: string; readonly text: string }[]
}

const heading = /^-- (.+) --$/

export const parseTxtar = (text: string): Archive => {
  const script: string[] = []
  const files: { name: string; lines: string[] }[] = []
  for (const line of text.split('\n')) {
    const name = heading.exec(line)?.[1]
    if (name !== undefined) files.push({ name, lines: [] })
    else (files.at(-1)?.lines ?? script).push(line)
  }
  return { script: script.join('\n'), files: files.map(({ name, lines }) => ({ name, text: lines.join('\n') })) }
}
