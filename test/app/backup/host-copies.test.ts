/** Hosts with copies of backups, and such as answer what no host of ours can. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { keyringOf } from '../../../src/app/backup/backup-keyring.ts'
import { readList } from '../../../src/app/backup/backup-store.ts'
import type { CopyHost } from '../../../src/app/backup/host-copies.ts'
import { verifyCopies, type VerifiedCopies } from '../../../src/app/backup/verify-hosts.ts'
import type { Operation } from '../../../src/core/fleet/fleet.ts'
import { sha256 } from '../../../src/crypto/derive.ts'
import { backupProject, type BackupProject } from '../../support/backups.ts'
import { refusal } from '../../support/refusal.ts'
import { bytesOf } from '../../support/temporary.ts'

type Wanted = readonly (readonly [name: string, from: number, count: number])[]

interface Answers {
  readonly archives?: (honest: readonly (readonly [string, number, string])[]) => unknown
  readonly piece?: (honest: Uint8Array) => Uint8Array
}

/** Has these copies, and counts the bytes that it was asked for. */
const hostWith = (
  copies: ReadonlyMap<string, Uint8Array>,
  { archives = (honest) => honest, piece = (honest) => honest }: Answers = {},
): { readonly host: CopyHost; asked(): number } => {
  let asked = 0
  const give = (wanted: Wanted): readonly string[] =>
    wanted.map(([name, from, count]) => {
      asked += count
      return Buffer.from(piece((copies.get(name) ?? new Uint8Array()).subarray(from, from + count))).toString('base64')
    })
  const call = async (operation: Operation & { readonly wanted?: Wanted }): Promise<unknown> =>
    operation.op === 'list_backups'
      ? { archives: archives(Array.from(copies, ([name, bytes]) => [name, bytes.length, sha256(bytes)])) }
      : { pieces: give(operation.wanted ?? []) }
  const channel = { name: 'onode1', batch: ['onode1'], check: false, call }
  const identity = { project: 'shop', environment: 'production', host: 'onode1', id: 'i' }
  return { host: { channel, directory: '/opt/shop', identity }, asked: () => asked }
}

const verifying = async (
  made: BackupProject,
  size: number | null = null,
): Promise<(host: CopyHost) => Promise<VerifiedCopies>> => {
  const keyring = keyringOf(await made.open().keys())
  const list = await readList(made.ports, made.project, keyring)
  const backups = list.backups.map((one) => ({ ...one, copies: ['onode1'], size: size ?? one.size }))
  return (host) => verifyCopies(host, { ...list, backups }, keyring)
}

const someBackups = async (
  t: TestContext,
): Promise<{ readonly made: BackupProject; readonly copies: ReadonlyMap<string, Uint8Array> }> => {
  const made = await backupProject(t)
  const all = [await made.backup(), await made.backup()]
  return { made, copies: new Map(all.map(({ listed, bytes }) => [listed.name, bytes])) }
}

const kinds = ({ problems }: VerifiedCopies): readonly string[] => problems.map(({ kind, name }) => `${kind} ${name}`)

test('copies are compared byte for byte, and what became of them is named', async (t) => {
  const { made, copies } = await someBackups(t)
  const verify = await verifying(made)
  const [[one = '', first = bytesOf('')] = [], [two = '', second = bytesOf('')] = []] = [...copies]
  const table: readonly (readonly [Readonly<Record<string, Uint8Array>>, number, readonly string[]])[] = [
    [{ [one]: first, [two]: second }, 2, []],
    [{ [one]: first.with(9, 0), [two]: second }, 1, [`changed ${one}`]],
    [{ [one]: first.subarray(1), [two]: second }, 1, [`changed ${one}`]],
    [{ [one]: bytesOf(''), [two]: second }, 1, [`changed ${one}`]],
    [{ [two]: second }, 1, [`missing ${one}`]],
    [{ 'x.backup': first, [two]: second }, 1, [`renamed ${one}`]],
    [{ [one]: second, [two]: second }, 1, [`swapped ${one}`]],
    [{ [one]: second, [two]: first }, 0, [`swapped ${one}`, `swapped ${two}`]],
    [{ [one]: first, [two]: second, 'y.backup': bytesOf('y') }, 2, ['extra y.backup']],
  ]
  for (const [there, compared, problems] of table) {
    const found = await verify(hostWith(new Map(Object.entries(there))).host)
    assert.deepEqual([found.compared, kinds(found)], [compared, problems])
  }
})

test('an archive of another clone is none of ours, and nothing wrong', async (t) => {
  const { made, copies } = await someBackups(t)
  const verify = await verifying(made)
  const other = await made.backup()
  const found = await verify(hostWith(new Map([...copies, ['other.backup', other.bytes]])).host)
  assert.deepEqual([found.elsewhere, found.problems], [1, []])
})

test('a host that answers what none of ours can is refused', async (t) => {
  const { made, copies } = await someBackups(t)
  const verify = await verifying(made)
  const many = Array.from({ length: 1001 }, (_, i) => [`${i}.backup`, 1, ''])
  const table: readonly Answers[] = [
    { archives: () => many },
    { archives: (honest) => [...honest, ...honest] },
    { piece: (honest) => Buffer.concat([honest, honest]) },
  ]
  for (const answers of table) await refusal('TAMPERED', verify(hostWith(copies, answers).host))
})

test('of what nobody knows a host is asked for so much and no more', async (t) => {
  const { made, copies } = await someBackups(t)
  const size = 60 << 20
  const huge = Array.from({ length: 900 }, (_, i) => [`${i}.backup`, size, ''] as const)
  // of a size that nobody here knows, and of one that a backup has
  for (const [listed, compared, problems] of [
    [null, 2, 900],
    [size, 0, 902],
  ] as const) {
    const verify = await verifying(made, listed)
    const { host, asked } = hostWith(copies, { archives: (honest) => [...huge, ...honest] })
    const found = await verify(host)
    assert.deepEqual([found.compared, found.problems.length], [compared, problems])
    assert.ok(asked() < 600 << 20, `${asked()}`)
  }
})
