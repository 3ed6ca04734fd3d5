/** Runs test files with node's own runner, and says of each suite what matters: what failed, and how much there was. */
import { fork } from 'node:child_process'
import { resolve } from 'node:path'
import { run } from 'node:test'
import { follow, type Told } from './test-events.ts'

const together = resolve(import.meta.dirname, 'run-together.ts')

export interface Outcome {
  readonly passed: number
  readonly failed: number
  /** Names of tests that did not run, with the reason where one was given. */
  readonly skipped: readonly string[]
  /** Seconds that each file took, the longest first. */
  readonly took: readonly { readonly file: string; readonly seconds: number }[]
}

export interface HowToRun {
  /** Milliseconds for one test. */
  readonly timeout: number
  /** So many files at a time. */
  readonly atOnce: number
  /** Files of one process after the other, which is started once: for tests that share nothing with each other. */
  readonly isTogether: boolean
}

/** Failures are printed as they come. */
export const runTests = async (
  files: readonly string[],
  { timeout, atOnce, isTogether }: HowToRun,
): Promise<Outcome> => {
  let [passed, failed] = [0, 0]
  const skipped: string[] = []
  const took = new Map<string, number>()
  const tell = (told: Told): void => {
    if (told.what === 'passed') passed++
    else if (told.what === 'skipped') skipped.push(told.text)
    else if (told.what === 'took') took.set(told.file, (took.get(told.file) ?? 0) + told.seconds)
    else {
      failed++
      console.log(told.text)
    }
  }
  if (isTogether) await Promise.all(shares(files, atOnce).map((share) => inOneProcess(share, timeout, tell)))
  else await follow(run({ files: [...files], concurrency: atOnce, timeout }), tell)
  const longest = [...took].map(([file, seconds]) => ({ file, seconds })).toSorted((a, b) => b.seconds - a.seconds)
  return { passed, failed, skipped, took: longest }
}

const shares = (files: readonly string[], count: number): readonly (readonly string[])[] =>
  Array.from({ length: count }, (_, share) => files.filter((_file, index) => index % count === share))

const inOneProcess = (files: readonly string[], timeout: number, tell: (told: Told) => void): Promise<void> =>
  new Promise((done) => {
    const child = fork(together, [String(timeout), ...files], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    let isWhole = false
    child.on('message', (told: Told | 'end') => {
      if (told === 'end') isWhole = true
      else tell(told)
    })
    child.once('close', (status, signal) => {
      const end = signal ?? `status ${status}`
      if (!isWhole) tell({ what: 'failed', text: `FAIL ${files.length} files: their process ended early (${end})` })
      done()
    })
  })
