import { fail, type SecretsError } from '../errors.ts'
import { few, isPathName } from '../names.ts'
import { Secret } from '../secret.ts'

/** One of `n` shares of a recovery identity; any `k` of them give it back, fewer say nothing of it. */
export interface Share {
  readonly project: string
  readonly environment: string
  readonly k: number
  readonly n: number
  /** From 1 to n. */
  readonly index: number
  /** Names the identity that was split: of its recipient, so that what was put together can be checked. */
  readonly set: string
  /** Of the project key, as in the identity's own text. */
  readonly check: string
  readonly data: Secret
}

/** Where a share was read. */
export interface FoundShare extends Share {
  readonly at: string
}

const mostShares = 16

/** `2/3` as `--split` takes it. @throws USAGE */
export const parseSplit = (text: string): { readonly k: number; readonly n: number } => {
  const [, k = '', n = ''] = /^(\d{1,2})\/(\d{1,2})$/.exec(text) ?? []
  const split = { k: Number(k), n: Number(n) }
  if (k !== '' && split.k >= 2 && split.n >= split.k && split.n <= mostShares) return split
  throw fail('USAGE', '--split must be K/N, as in 2/3', { hint: `K from 2, N from K to ${mostShares}` })
}

/** What the checksum is computed over: all that stands before it. */
export const shareBody = ({ project, environment, k, n, index, set, check, data }: Share): string =>
  ['lockstep-share-1', project, environment, `${k}of${n}`, index, set, check, hexOf(data.bytes())].join(':')

export const printShare = (share: Share, checksum: string): Secret =>
  new Secret(
    [
      `# share ${share.index} of ${share.n} of the lockstep recovery identity of ${share.project}, ${share.environment}`,
      `# any ${share.k} of these, and a backup, restore everything: keep each with another person or in another place`,
      `${shareBody(share)}:${checksum}`,
      '',
    ].join('\n'),
  )

/** Reads one, however it was copied: blanks, line ends and case do not matter.
 *  @throws USAGE naming the file: no share, or not as it was written */
export const parseShare = (text: Secret, at: string, checksumOf: (body: string) => string): FoundShare => {
  const line = text
    .reveal()
    .split(/\r?\n/)
    .filter((one) => !one.trim().startsWith('#'))
    .join('')
    .replace(/\s+/g, '')
    .toLowerCase()
  if (!line.startsWith('lockstep-share-')) {
    throw wrong(at, 'no share in this file', 'the line lockstep-share-1:… as lockstep backup recovery --split wrote it')
  }
  const body = line.slice(0, line.lastIndexOf(':'))
  const match =
    /^lockstep-share-1:([^:]+):([^:]+):(\d+)of(\d+):(\d+):([0-9a-f]{16}):([0-9a-f]{32}):((?:[0-9a-f]{2}){2,200})$/.exec(
      body,
    )
  const [, project = '', environment = '', k = '', n = '', index = '', set = '', check = '', data = ''] = match ?? []
  if (match === null || line.slice(body.length + 1) !== checksumOf(body) || !isPathName(project)) {
    throw wrong(at, 'this share is not as it was written', 'compare it with the original, letter by letter')
  }
  const numbers = { k: Number(k), n: Number(n), index: Number(index) }
  return { at, project, environment, ...numbers, set, check, data: new Secret(bytesOf(data)) }
}

/** The shares that belong together, each once, `k` at least. @throws USAGE naming the one that does not belong */
export const matchShares = (shares: readonly FoundShare[]): readonly FoundShare[] => {
  const sizes = Map.groupBy(shares, ({ set, check, project, k, n }) => [set, check, project, k, n].join())
  const [most = []] = [...sizes.values()].sort((a, b) => b.length - a.length)
  const foreign = shares.find((share) => !most.includes(share))
  if (foreign !== undefined) {
    throw wrong(foreign.at, 'this share is of another recovery identity than the others', aboutOthers(most))
  }
  const distinct = [...new Map(most.map((share) => [share.index, share])).values()]
  const [first] = distinct
  if (first === undefined) throw wrong('--share', 'no share is given', '--share FILE, once for each share')
  if (distinct.length < first.k) {
    const has = few(distinct.map(({ index }) => String(index)))
    throw wrong(
      first.at,
      `${first.k} different shares are needed and these are ${distinct.length} (number ${has})`,
      `--share once for each of ${first.k} of the ${first.n}`,
    )
  }
  return distinct
}

const aboutOthers = (others: readonly FoundShare[]): string => {
  const [one] = others
  return one === undefined ? 'name others' : `the others are of ${one.project}, ${one.environment}, set ${one.set}`
}

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

const wrong = (at: string, message: string, hint: string): SecretsError => fail('USAGE', message, { at, hint })

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
