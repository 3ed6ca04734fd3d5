/** What has been typed without being shown, a key at a time. */
export interface KeyLine {
  /** The finished lines so far, and the one being typed. */
  readonly lines: readonly string[]
  readonly current: string
  readonly state: 'typing' | 'done' | 'cancelled'
  /** The key before this one was Enter: a line feed now is the second half of a pasted CR LF. */
  readonly afterReturn: boolean
}

export const emptyKeyLine: KeyLine = { lines: [], current: '', state: 'typing', afterReturn: false }

/** Takes one character from a terminal in raw mode. Enter ends a line, and with `multiline` only an empty line ends
 *  the whole; Ctrl-D ends it too; Ctrl-C cancels; Backspace and Ctrl-U correct. */
export const typeKey = (line: KeyLine, key: string, multiline: boolean): KeyLine => {
  if (key === '\n' && line.afterReturn) return { ...line, afterReturn: false }
  return { ...edited(line, key, multiline), afterReturn: key === '\r' }
}

const edited = (line: KeyLine, key: string, multiline: boolean): KeyLine => {
  const { lines, current } = line
  if (key === '\x03') return { ...line, state: 'cancelled' }
  if (key === '\r' || key === '\n') return endLine(line, multiline)
  if (key === '\x04') return { ...line, lines: current === '' ? lines : [...lines, current], state: 'done' }
  if (key === '\x7f' || key === '\b') return { ...line, current: Array.from(current).slice(0, -1).join('') }
  if (key === '\x15') return { ...line, current: '' }
  return key < ' ' && key !== '\t' ? line : { ...line, current: current + key }
}

const endLine = (line: KeyLine, multiline: boolean): KeyLine => {
  if (multiline && line.current === '') return { ...line, state: 'done' }
  return { ...line, lines: [...line.lines, line.current], current: '', state: multiline ? 'typing' : 'done' }
}
