import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { suite, test } from 'node:test'
import { runTranscript } from './transcript.ts'

const scripts = resolve(import.meta.dirname, '..', 'scripts')

/** A test for each script in test/scripts, run against `program` (its path and first arguments). */
export const testTranscripts = (program: readonly string[]): void => {
  suite('transcripts', { concurrency: 2 }, () => {
    for (const name of readdirSync(scripts).filter((file) => file.endsWith('.txt'))) {
      test(name, () => runTranscript(join(scripts, name), program))
    }
  })
}
