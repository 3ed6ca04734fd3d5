import { constants } from 'node:fs'
import { chown, lstat, mkdir, open, rename, stat, statfs, unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Identity } from '../core/runtime/accounts.ts'
import { fail, hasCode } from '../core/errors.ts'
import { isSecretName, quoteName } from '../core/names.ts'
import { Secret } from '../core/secret.ts'
import { type DirectoryHandle, splitPath, withDirectory } from './directory-handle.ts'
import { readWhole } from './safe-read.ts'
import { absent, mapped, nullOn } from './system-error.ts'

const inMemory = [0x01021994, 0x858458f6] // tmpfs, ramfs
/** The names that we put there, so that the next run knows what is ours to take away. */
const list = '.lockstep'
const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/** See Launcher.place. */
export const placeSecrets = (
  directory: string,
  secrets: ReadonlyMap<string, Secret>,
  identity: Identity | null,
): Promise<ReadonlyMap<string, string>> => {
  const full = resolve(directory)
  return explained(full, identity, async () => {
    await makeOwn(full, identity)
    const paths = new Map<string, string>()
    await withDirectory(full, {}, async (held) => {
      await checkMemory(full, held)
      await checkOwn(full, held, identity)
      await forgetStale(held, secrets, identity)
      for (const [name, secret] of secrets) {
        await placeOne(held, name, secret, identity)
        paths.set(name, join(full, name))
      }
    })
    return paths
  })
}

const explained = async <T>(full: string, identity: Identity | null, work: () => Promise<T>): Promise<T> => {
  try {
    return await mapped('put secrets into', full, work)
  } catch (cause) {
    if (!hasCode(cause, 'DENIED')) throw cause
    const owner = identity ?? { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
    throw fail('DENIED', cause.message, {
      at: full,
      hint:
        `start the container as that user, with --tmpfs ${full}:mode=0700,uid=${owner.uid},gid=${owner.gid}` +
        (identity === null ? '' : '; or stay root and add --cap-add CHOWN'),
      cause,
    })
  }
}

const makeOwn = async (full: string, identity: Identity | null): Promise<void> => {
  const facts = await nullOn(absent, () => lstat(full))
  if (facts?.isSymbolicLink()) throw fail('UNSAFE', `${quoteName(full)} is a symbolic link`, { at: full })
  if (facts !== null) return
  await withDirectory(splitPath(full).directory, {}, async (held) => {
    const made = held.at(splitPath(full).name)
    await mkdir(made, { mode: 0o700 })
    if (identity !== null && process.geteuid?.() === 0) await chown(made, identity.uid, identity.gid)
  })
}

/** Other systems than Linux have no file system in memory that anybody may use: there it is the mode that protects. */
const checkMemory = async (full: string, held: DirectoryHandle): Promise<void> => {
  if (process.platform !== 'linux' || inMemory.includes((await statfs(held.at('.'))).type)) return
  throw fail('UNSAFE', `${quoteName(full)} is on a disk, not in memory`, {
    at: full,
    hint: `start the container with --tmpfs ${full}:mode=0700, or choose a directory below /dev/shm`,
  })
}

/** Whoever else can write there could put files of their own in the place of ours. */
const checkOwn = async (full: string, held: DirectoryHandle, identity: Identity | null): Promise<void> => {
  const { uid, mode } = await stat(held.at('.'))
  const isTheirs = ![0, process.geteuid?.(), identity?.uid].includes(uid)
  if (!isTheirs && (mode & 0o022) === 0) return
  const wrong = isTheirs ? `belongs to uid ${uid}` : 'can be written to by others than its owner'
  throw fail('UNSAFE', `${quoteName(full)} ${wrong}`, {
    at: full,
    hint: 'mount it with mode=0700, or name a directory inside it that is not there yet: that is made for its owner alone',
  })
}

/** What an earlier run put there and this one does not: never a file of somebody else's. */
const forgetStale = async (
  held: DirectoryHandle,
  secrets: ReadonlyMap<string, Secret>,
  identity: Identity | null,
): Promise<void> => {
  const text = new TextDecoder().decode((await readWhole(held.at(list), { max: 1 << 20 })) ?? undefined)
  for (const name of text.split('\n').filter((one) => isSecretName(one) && !secrets.has(one))) {
    await nullOn(absent, () => unlink(held.at(name)))
  }
  await placeOne(held, list, new Secret(`${[...secrets.keys()].join('\n')}\n`), identity)
}

const placeOne = async (
  held: DirectoryHandle,
  name: string,
  secret: Secret,
  identity: Identity | null,
): Promise<void> => {
  const staged = held.at(`.${name}.new`)
  await nullOn(absent, () => unlink(staged))
  const handle = await open(staged, flags, 0o400)
  try {
    await handle.writeFile(secret.bytes())
    if (identity !== null && process.geteuid?.() === 0) await handle.chown(identity.uid, identity.gid)
  } finally {
    await handle.close()
  }
  await rename(staged, held.at(name))
}
