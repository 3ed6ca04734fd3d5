import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { OwnExecutable } from '../core/ports.ts'
import { assets } from './assets.ts'
import { absent, nullOn } from './system-error.ts'

/** The single executable: what we run as, else the one built beside the package. */
export const ownExecutable = async (): Promise<OwnExecutable | null> => {
  const path = process.versions['bun'] === undefined ? await builtOne() : process.execPath
  if (path === null) return null
  return { digest: await digestOf(path), packed: () => pack(path) }
}

const builtOne = async (): Promise<string | null> => {
  const folder = await assets.folder('build')
  const path = folder === null ? '' : `${folder}/lockstep`
  const facts = await nullOn([...absent], () => stat(path))
  return facts?.isFile() === true ? path : null
}

const digestOf = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** The fastest level: a better one takes three times as long and saves a twentieth. */
const pack = async (path: string): Promise<Uint8Array> => {
  const packed = createGzip({ level: 1 })
  const [bytes] = await Promise.all([buffer(packed), pipeline(createReadStream(path), packed)])
  return bytes
}
