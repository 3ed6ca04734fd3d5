/** Runs test files with node's own runner, and says of each suite what matters: what failed, and how much there was. */
import { relative, resolve } from 'node:path'
import { run } from 'node:test'
import { inspect } from 'node:util'

const root = resolve(import.meta.dirname, '..')

export interface Outcome {
  readonly passed: number
  readonly failed: number
  /** Names of tests that did not run, with the reason where one was given. */
  readonly skipped: readonly string[]
  /** Seconds that each file took, the longest first. */
  readonly took: readonly { readonly file: string; readonly seconds: number }[]
}

/** So many files at a time; failures are printed as they come. */
export const runTests = async (
  files: readonly string[],
  { timeout, atOnce }: { readonly timeout: number; readonly atOnce: number },
): Promise<Outcome> => {
  let [passed, failed] = [0, 0]
  const skipped: string[] = []
  const took: { readonly file: string; readonly seconds: number }[] = []
  const stream = run({ files: [...files], concurrency: atOnce, timeout })
  stream.on('test:pass', (test) => {
    if (test.skip !== undefined) skipped.push(`${test.name}${typeof test.skip === 'string' ? `: ${test.skip}` : ''}`)
    else if (test.todo === undefined && test.details.type !== 'suite') passed++
  })
  stream.on('test:fail', (test) => {
    // A file or a group fails because of what is in it, which has been told already.
    if (isOfItsParts(test.details.error)) return
    failed++
    const place = test.file === undefined ? '' : ` (${relative(root, test.file)}:${test.line ?? 0})`
    console.log(`FAIL ${test.name}${place}\n${indented(reasonOf(test.details.error))}`)
  })
  stream.on('test:summary', ({ file, duration_ms: duration }) => {
    if (file !== undefined) took.push({ file: relative(root, file), seconds: duration / 1000 })
  })
  stream.on('test:stderr', ({ message }) => process.stderr.write(message))
  for await (const _ of stream) void _
  return { passed, failed, skipped, took: took.toSorted((a, b) => b.seconds - a.seconds) }
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
