import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { ReadStream } from 'node:tty'
import { fail } from '../core/errors.ts'
import { emptyKeyLine, type KeyLine, typeKey } from './key-line.ts'
import { nullOnSync } from './system-error.ts'

const stops = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** Milliseconds in which the rest of a pasted text arrives. */
const pasteRest = 60

/** Asks on the terminal `fd`, which is closed afterwards. The answer without its line end. */
export const askVisible = (fd: number, question: string): Promise<string> =>
  onTerminal(fd, (stream) => {
    stream.setRawMode(false)
    writeSync(fd, question)
    return new Promise((resolve, reject) => {
      let text = ''
      stream.on('data', (part) => {
        text += part.toString()
        const end = text.indexOf('\n')
        if (end >= 0) resolve(text.slice(0, end).replace(/\r$/, ''))
      })
      stream.once('end', () => reject(cancelled()))
    })
  })

/** As askVisible, but nothing of the answer is shown.
 *  @throws USAGE for several lines where one was asked for; UNAVAILABLE when interrupted */
export const askHidden = (fd: number, question: string, multiline: boolean): Promise<string> =>
  onTerminal(fd, async (stream) => {
    // Before the question: what is typed ahead of it is not shown either.
    stream.setRawMode(true)
    writeSync(fd, question)
    const typed = await readKeys(stream, multiline)
    writeSync(fd, '\n')
    return typed
  })

const readKeys = (stream: ReadStream, multiline: boolean): Promise<string> =>
  new Promise((resolve, reject) => {
    let line: KeyLine = emptyKeyLine
    let extra = false
    stream.on('data', (part) => {
      for (const key of part.toString()) {
        if (line.state === 'typing') line = typeKey(line, key, multiline)
        else extra ||= key !== '\n'
      }
      // In raw mode Ctrl-C is a key; it should do what it does elsewhere.
      if (line.state === 'cancelled') process.kill(process.pid, 'SIGINT')
      if (line.state !== 'done') return
      // The shell would take as commands what we leave unread of a paste.
      void sleep(pasteRest).then(() => (extra && !multiline ? reject(severalLines()) : resolve(line.lines.join('\n'))))
    })
    stream.once('end', () => reject(cancelled()))
  })

/** Gives the terminal back as it was, however it ends. */
const onTerminal = async (fd: number, work: (stream: ReadStream) => Promise<string>): Promise<string> => {
  const stream = new ReadStream(fd)
  stream.setEncoding('utf8')
  const restore = (): void => {
    stream.setRawMode(false)
  }
  let stop: (name: NodeJS.Signals) => void = () => {}
  const stopped = new Promise<never>((_, reject) => {
    stop = (name) => {
      restore()
      // SIGHUP: the terminal may be gone.
      nullOnSync(['EIO', 'ENXIO'], () => writeSync(fd, '\n'))
      for (const each of stops) process.removeListener(each, stop)
      // Nobody else listens: end as we would have without having listened ourselves.
      if (process.listenerCount(name) === 0) process.kill(process.pid, name)
      reject(cancelled())
    }
  })
  for (const name of stops) process.on(name, stop)
  process.on('exit', restore)
  try {
    return await Promise.race([work(stream), stopped])
  } finally {
    restore()
    for (const name of stops) process.removeListener(name, stop)
    process.removeListener('exit', restore)
    stream.destroy()
  }
}

const cancelled = (): Error => fail('UNAVAILABLE', 'the question was not answered')

const severalLines = (): Error =>
  fail('USAGE', 'several lines were given where one was asked for', {
    hint: 'give the value on standard input or in a file',
  })
