/** The scripts in test/scripts against the sources. */
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { suite, test } from 'node:test'
import { runTranscript } from '../support/transcript.ts'

const root = resolve(import.meta.dirname, '..', '..')
const scripts = join(root, 'test', 'scripts')

suite('transcripts', { concurrency: 2 }, () => {
  for (const name of readdirSync(scripts).filter((file) => file.endsWith('.txt'))) {
    test(name, () => runTranscript(join(scripts, name), [process.execPath, join(root, 'src', 'bin.ts')]))
  }
})
