import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { hasCode } from '../../src/core/errors.ts'
import type { Code } from '../../src/core/errors.ts'
import { files } from '../../src/io/files.ts'
import { fileProvider } from '../../src/providers/file.ts'
import { providerConformance } from '../conformance/provider.ts'

const clock = { now: () => 1, sleep: async () => {} }
const directory = await mkdtemp(join(tmpdir(), 'file-provider-'))
after(() => rm(directory, { recursive: true }))
const signal = new AbortController().signal
const provider = fileProvider({ files, clock })

const passwordFile = async (name: string, content: string, mode: number): Promise<string> => {
  const path = join(directory, name)
  await writeFile(path, content, { mode })
  await chmod(path, mode)
  return path
}

providerConformance('file', async () => ({
  provider,
  held: await passwordFile('held', ' canary-value\r\n', 0o600),
  lacking: join(directory, 'lacking'),
}))

test('a file that others can read, a link, an empty file and a directory are refused', async () => {
  await symlink('wide', join(directory, 'link'))
  const rows: readonly (readonly [string, Code])[] = [
    [await passwordFile('wide', 'pw', 0o644), 'UNSAFE'],
    [await passwordFile('group', 'pw', 0o620), 'UNSAFE'],
    [await passwordFile('empty', ' \n', 0o600), 'USAGE'],
    [await passwordFile('long', 'x'.repeat(70_000), 0o600), 'UNSAFE'],
    [join(directory, 'link'), 'UNSAFE'],
    [directory, 'UNSAFE'],
  ]
  for (const [path, code] of rows) {
    await assert.rejects(provider.read(path, { signal }), (error) => hasCode(error, code), path)
  }
})
