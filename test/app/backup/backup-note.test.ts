import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyringOf } from '../../../src/app/backup/backup-keyring.ts'
import { learnVerified, newestNote, noteOf } from '../../../src/app/backup/backup-note.ts'
import { readKnown } from '../../../src/app/known/known-store.ts'
import { usualEvery } from '../../../src/core/backup/backup-due.ts'
import { projectKeys } from '../../../src/crypto/fingerprint.ts'
import { backupProject } from '../../support/backups.ts'

const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)

test('a note of a backup is believed under the project key in force alone: who has left has the ones before', async (t) => {
  const made = await backupProject(t)
  const { listed } = await made.backup()
  const [before, now] = [projectKeys(key(1)), projectKeys(key(2), [key(1)])].map(keyringOf)
  assert.ok(before !== undefined && now !== undefined && now.length === 2)
  const note = (keyring: typeof now, verified: string): string => noteOf(made.project, listed, verified, keyring)
  const ours = note(now, '2026-01-01T00:00:00Z')
  const theirs = note(before, '2026-02-01T00:00:00Z')
  const found = (texts: readonly string[]): string | undefined => newestNote(texts, made.project, now)?.verified
  assert.equal(found([theirs]), undefined)
  assert.equal(found([theirs, ours, 'x']), '2026-01-01T00:00:00Z')
  assert.equal(newestNote([ours], { ...made.project, environment: 'other' }, now), null)
})

test('where none was ever made nobody waits for one, whatever was looked at', async (t) => {
  const made = await backupProject(t)
  const every = async (): Promise<number | null | undefined> =>
    (await readKnown(made.ports, made.project)).backup?.every
  await learnVerified(made.ports, made.project, { isGood: false, isUsed: false, damage: [] })
  assert.equal(await every(), null)
  await learnVerified(made.ports, made.project, { isGood: false, isUsed: true, damage: [] })
  assert.equal(await every(), usualEvery)
})
