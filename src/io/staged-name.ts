import { lstat, readdir, unlink } from 'node:fs/promises'
import type { DirectoryHandle } from './directory-handle.ts'
import { random } from './random.ts'
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.ts'
import { absent, nullOn } from './system-error.ts'

const hour = 3_600_000

/** A name beside `name` for content that is not yet in its place: `.aws.env.812-1kx3-8d1f0c2a-5be0917c.tmp`. It says
 *  who writes it, so that what a killed process leaves can be told from what a running one needs. */
export const stagedName = async (name: string): Promise<string> => {
  const own = await ownIdentity()
  return `.${shorten(name)}.${own.pid}-${own.start}-${placeOf(own)}-${Buffer.from(random.bytes(4)).toString('hex')}.tmp`
}

/** Is this a name that stagedName makes for `name`? */
export const isStagedFor = (name: string, staged: string): boolean => {
  const prefix = `.${shorten(name)}.`
  return staged.startsWith(prefix) && pattern.test(staged.slice(prefix.length))
}

const pattern = /^(\d{1,10})-([0-9a-z]{1,13})-([0-9a-f]{8})-[0-9a-f]{8}\.tmp$/

/** File systems take names of 255 bytes; ours has to fit with what is added. */
const shorten = (name: string): string =>
  Buffer.from(name)
    .subarray(0, 180)
    .toString('latin1')
    .replace(/[^\w.-]/g, '_')

/** Machine, start and process namespace in 32 bits (FNV-1a): equal means that the pid can be looked up here. */
const placeOf = ({ host, boot }: ProcessIdentity): string => {
  let hash = 0x811c9dc5
  for (const unit of Buffer.from(`${host} ${boot}`)) hash = Math.imul(hash ^ unit, 0x01000193) >>> 0
  return hash.toString(16).padStart(8, '0')
}

/** Removes what killed writers of `name` left in the directory. */
export const sweepStaged = async (directory: DirectoryHandle, name: string): Promise<void> => {
  for (const found of await readdir(directory.at('.'))) {
    if (isStagedFor(name, found) && (await isLeftOver(directory, name, found))) {
      await nullOn(absent, () => unlink(directory.at(found)))
    }
  }
}

const isLeftOver = async (directory: DirectoryHandle, name: string, staged: string): Promise<boolean> => {
  const own = await ownIdentity()
  const [, pid, start, place] = pattern.exec(staged.slice(shorten(name).length + 2)) ?? []
  if (pid === undefined || start === undefined) return false
  if (place === placeOf(own)) return (await isRunning({ ...own, pid: Number(pid), start })) === 'no'
  const facts = await nullOn(absent, () => lstat(directory.at(staged)))
  return facts !== null && Date.now() - facts.mtimeMs > hour
}
