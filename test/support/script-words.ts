import assert from 'node:assert/strict'

/** The words of one line of a script: spaces part them, 'single quotes' keep them together and hide `$`, `''` inside
 *  quotes is one quote, `$NAME` and `${NAME}` elsewhere are replaced, and a word that starts with # ends the line. */
export const scriptWords = (line: string, variables: ReadonlyMap<string, string>): readonly string[] => {
  const words: string[] = []
  let at = 0
  while (at < line.length) {
    if (/\s/.test(line[at] ?? '')) {
      at += 1
      continue
    }
    if (line[at] === '#') break
    const [word, next] = readWord(line, at, variables)
    words.push(word)
    at = next
  }
  return words
}

const readWord = (line: string, start: number, variables: ReadonlyMap<string, string>): readonly [string, number] => {
  let word = ''
  let at = start
  while (at < line.length && !/\s/.test(line[at] ?? '')) {
    const quoted = /^'((?:[^']|'')*)'/.exec(line.slice(at))
    const variable = /^\$(?:\{(\w+)\}|(\w+))/.exec(line.slice(at))
    if (quoted !== null) {
      word += (quoted[1] ?? '').replaceAll("''", "'")
    } else if (variable !== null) {
      const name = variable[1] ?? variable[2] ?? ''
      word += variables.get(name) ?? assert.fail(`$${name} is not set`)
    } else {
      assert.notEqual(line[at], "'", 'an open quote')
      word += line[at]
    }
    at += (quoted ?? variable)?.[0].length ?? 1
  }
  return [word, at]
}
