import type { Ports } from '../../core/ports.ts'

/** One file of some commit, somewhere in the history. */
export interface GitBlob {
  readonly id: string
  readonly bytes: Uint8Array
}

export interface BlobLimits {
  /** Larger files are passed over. Bytes. */
  readonly largest: number
  /** All that is read, newest objects of git's own order first. Bytes. */
  readonly total: number
}

export interface ReadBlobs {
  /** Files that were passed over, for their size or because the total was reached. */
  readonly passedOver: number
}

/** Every file that git keeps in any commit, branch, stash or reflog, in parts that fit into memory. */
export const readBlobs = async (
  { exec }: Pick<Ports, 'exec'>,
  directory: string,
  limits: BlobLimits,
  each: (blob: GitBlob) => void,
): Promise<ReadBlobs> => {
  const git = ['--no-optional-locks', '-C', directory, 'cat-file']
  const format = '--batch-check=%(objecttype) %(objectsize) %(objectname)'
  const all = [...git, '--batch-all-objects', '--unordered', format]
  const listed = await exec.run('git', all, { timeout: longest, max: 256 * mebi })
  const blobs = new TextDecoder().decode(listed.stdout).split('\n').flatMap(parseLine)
  let [wanted, size, passedOver] = [[] as string[], 0, 0]
  let total = 0
  const flush = async (): Promise<void> => {
    if (wanted.length === 0) return
    const input = `${wanted.join('\n')}\n`
    const { stdout } = await exec.run('git', [...git, '--batch'], { input, timeout: longest, max: part + 16 * mebi })
    for (const blob of parseBatch(stdout)) each(blob)
    wanted = []
    size = 0
  }
  for (const blob of blobs) {
    if (blob.size > limits.largest || total + blob.size > limits.total) {
      passedOver++
      continue
    }
    if (size + blob.size > part) await flush()
    wanted.push(blob.id)
    size += blob.size
    total += blob.size
  }
  await flush()
  return { passedOver }
}

const mebi = 1024 * 1024
const part = 32 * mebi
const longest = 120_000

const parseLine = (line: string): readonly { readonly id: string; readonly size: number }[] => {
  const [, size = '', id = ''] = /^blob (\d+) ([0-9a-f]+)$/.exec(line) ?? []
  return id === '' ? [] : [{ id, size: Number(size) }]
}

/** `<id> blob <size>\n<bytes>\n`, again and again. */
function* parseBatch(output: Uint8Array): Generator<GitBlob> {
  for (let at = 0; at < output.length;) {
    const end = output.indexOf(0x0a, at)
    if (end < 0) return
    const [, id = '', size = ''] = /^([0-9a-f]+) blob (\d+)$/.exec(ascii(output.subarray(at, end))) ?? []
    if (id === '') {
      at = end + 1
      continue
    }
    const from = end + 1
    yield { id, bytes: output.subarray(from, from + Number(size)) }
    at = from + Number(size) + 1
  }
}

const ascii = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)
