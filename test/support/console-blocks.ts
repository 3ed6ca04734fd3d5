/** The sessions that a page of documentation shows: blocks marked `console`, commands behind `$ `, output below. */
export interface Shown {
  readonly command: string
  readonly output: string
}

export const consoleBlocks = (page: string): readonly Shown[] =>
  [...page.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = '', ...output] = part.split('\n')
        return { command, output: output.join('\n') }
      }),
  )

/** What differs from run to run stands as what it is, in columns as wide as before. */
export const steady = (text: string): string =>
  text
    .replace(/\b[0-9a-f]{8}\b/g, 'PLAN')
    .replace(/(?<= )\d+s(?=[ /])/g, 'AGE')
    .replace(/ +$/gm, '')
    .replace(/ {2,}/g, '  ')
