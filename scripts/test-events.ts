/** What is told of tests while they run. */
import { relative, resolve } from 'node:path'
import type { run } from 'node:test'
import { inspect } from 'node:util'

const root = resolve(import.meta.dirname, '..')

export type Told =
  | { readonly what: 'passed' }
  | { readonly what: 'skipped' | 'failed'; readonly text: string }
  | { readonly what: 'took'; readonly file: string; readonly seconds: number }

/** Tells of each test as it ends, and of each file how long it took. */
export const follow = async (stream: ReturnType<typeof run>, tell: (told: Told) => void): Promise<void> => {
  const took = (file: string | undefined, milliseconds: number): void => {
    if (file !== undefined) tell({ what: 'took', file: relative(root, file), seconds: milliseconds / 1000 })
  }
  // a file of a process of its own has a summary; of those in one process the outermost tests are added up
  let isSummed = false
  const outermost: { file: string | undefined; milliseconds: number }[] = []
  const note = (test: { nesting: number; file?: string; details: { duration_ms: number } }): void => {
    if (test.nesting === 0) outermost.push({ file: test.file, milliseconds: test.details.duration_ms })
  }
  stream.on('test:pass', (test) => {
    note(test)
    if (test.skip !== undefined) {
      tell({ what: 'skipped', text: `${test.name}${typeof test.skip === 'string' ? `: ${test.skip}` : ''}` })
    } else if (test.todo === undefined && test.details.type !== 'suite') tell({ what: 'passed' })
  })
  stream.on('test:fail', (test) => {
    note(test)
    // A file or a group fails because of what is in it, which has been told already.
    if (isOfItsParts(test.details.error)) return
    const place = test.file === undefined ? '' : ` (${relative(root, test.file)}:${test.line ?? 0})`
    tell({ what: 'failed', text: `FAIL ${test.name}${place}\n${indented(reasonOf(test.details.error))}` })
  })
  stream.on('test:summary', ({ file, duration_ms: milliseconds }) => {
    if (file === undefined) return
    isSummed = true
    took(file, milliseconds)
  })
  stream.on('test:stderr', ({ message }) => process.stderr.write(message))
  for await (const _ of stream) void _
  if (!isSummed) for (const { file, milliseconds } of outermost) took(file, milliseconds)
}

const isOfItsParts = (error: Error): boolean => 'failureType' in error && error.failureType === 'subtestsFailed'

const reasonOf = (error: Error): string => {
  const cause = error.cause ?? error
  return cause instanceof Error && cause.name === 'AssertionError' ? (cause.stack ?? cause.message) : inspect(cause)
}

const longest = 60

const indented = (text: string): string => {
  const lines = text.split('\n')
  const shown = lines.length > longest ? [...lines.slice(0, longest), `… ${lines.length - longest} lines more`] : lines
  return shown.map((line) => `     ${line}`).join('\n')
}
