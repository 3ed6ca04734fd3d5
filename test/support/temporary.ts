import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A test, or whatever else ends and is cleaned up after. */
export interface Ending {
  after(work: () => void): void
}

/** A directory of the test's own with these files in it (paths to contents), removed when the test ends. */
export const temporary = (t: Ending, tree: Readonly<Record<string, string>> = {}): string => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'lockstep-test-')))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true, mode: 0o700 })
    writeFileSync(join(root, path), content, { mode: 0o600 })
  }
  return root
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

export const textOf = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : new TextDecoder().decode(bytes)
