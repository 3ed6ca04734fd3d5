/** True for words that this program of ours may say: one of its own texts, each place in it filled with one word that
 *  means nothing to a shell, or with numbers. What else comes from a host is the host's, and is not shown as advice of
 *  ours. */
export const canSay = (program: Uint8Array, words: string): boolean =>
  words.length < 600 && textsOf(program).some((text) => patternOf(text).test(words))

const place = '(?:\\d{1,9}(?: \\d{1,9}){1,9}|[\\w./:@][\\w./:@,=-]{0,199})'

/** Texts of the Python source in single quotes; neighbours are one. */
const textsOf = (program: Uint8Array): readonly string[] => {
  const source = new TextDecoder().decode(program).replaceAll(/'[ \t]*\n[ \t]*'/g, '')
  const texts = [...source.matchAll(/'((?:[^'\\\n]|\\.)*)'/g)].flatMap(([, text]) => text ?? [])
  return texts.filter((text) => text.replaceAll(/%[sd]|\W/g, '').length >= 8)
}

const patternOf = (text: string): RegExp => new RegExp(`^${text.split(/%[sd]/).map(literally).join(place)}$`)

const literally = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
