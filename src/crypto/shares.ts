import { combine, split } from 'shamir-secret-sharing'
import type { FoundShare, Share } from '../core/backup/share-text.ts'
import { matchShares } from '../core/backup/share-text.ts'
import { fail, hasCode } from '../core/errors.ts'
import { few } from '../core/names.ts'
import { Secret } from '../core/secret.ts'
import { recipientOf } from './backup-archive.ts'
import { sha256 } from './derive.ts'

type Owner = Pick<Share, 'project' | 'environment' | 'check'>

/** Splits an age identity (docs/decisions/064-shares.md). */
export const splitIdentity = async (
  { key, recipient, ...owner }: Owner & { readonly key: Secret; readonly recipient: string },
  { k, n }: { readonly k: number; readonly n: number },
): Promise<readonly Share[]> => {
  const parts = await split(Uint8Array.from(key.bytes()), n, k)
  const { project, environment, check } = owner
  return parts.map((part, i) => ({
    project,
    environment,
    check,
    k,
    n,
    index: i + 1,
    set: setOf(recipient),
    data: new Secret(part),
  }))
}

/** The identity that these shares are of. @throws USAGE naming the share that is wrong, as far as that can be told */
export const joinShares = async (shares: readonly FoundShare[]): Promise<Owner & { readonly key: Secret }> => {
  const found = matchShares(shares)
  const [first] = found
  if (first === undefined) throw fail('INTERNAL', 'no shares')
  const { project, environment, check, k } = first
  const enough = found.slice(0, k)
  const key = await tryJoin(enough, first.set)
  if (key !== null) return { project, environment, check, key }
  const good = found.length > k ? await goodAmong(found, k, first.set) : null
  const wrong = good === null ? found : found.filter((share) => !good.includes(share))
  throw fail('USAGE', `${wrong.length === 1 ? 'this share is' : 'one of these shares is'} not what was written`, {
    at: few(wrong.map(({ at }) => at)),
    hint: good === null ? `add another --share: with ${k + 1} of them the wrong one can be told` : 'leave it out',
  })
}

/** Sixteen shares at most: all the ways to take k of them can be tried, but seldom more than a few are given. */
const goodAmong = async (
  shares: readonly FoundShare[],
  k: number,
  set: string,
): Promise<readonly FoundShare[] | null> => {
  for (const chosen of combinations(shares, k)) {
    if ((await tryJoin(chosen, set)) === null) continue
    const fits = await Promise.all(
      shares.map(async (share) => chosen.includes(share) || (await tryJoin([share, ...chosen.slice(1)], set)) !== null),
    )
    return shares.filter((_, i) => fits[i] === true)
  }
  return null
}

const combinations = <T>(items: readonly T[], k: number): readonly (readonly T[])[] => {
  if (k === 0) return [[]]
  return items.flatMap((item, i) => combinations(items.slice(i + 1), k - 1).map((rest) => [item, ...rest]))
}

/** Null where what comes out is not the identity that was split. */
const tryJoin = async (shares: readonly FoundShare[], set: string): Promise<Secret | null> => {
  const points = new Set(shares.map(({ data }) => data.bytes().at(-1)))
  const lengths = new Set(shares.map(({ data }) => data.bytes().length))
  if (points.size !== shares.length || points.has(0) || lengths.size !== 1) return null
  const key = new Secret(await combine(shares.map(({ data }) => Uint8Array.from(data.bytes()))))
  try {
    return setOf(await recipientOf(key, { at: 'shares' })) === set ? key : null
  } catch (error) {
    if (hasCode(error, 'USAGE')) return null
    throw error
  }
}

const setOf = (recipient: string): string => sha256(recipient).slice(0, 16)

/** Finds a share that was copied wrongly. */
export const checksumOf = (body: string): string => sha256(body).slice(0, 8)
