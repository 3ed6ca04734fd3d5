import type { Finding, FindingId } from './findings.ts'
import { finding, sortFindings } from './findings.ts'

/** What is kept and told of one kind on one host: it can answer with as much as it likes, and each account there can make
 *  as many files. By kind, so that many of one hide none of another. */
const mostOfKind = 100
/** Characters, as JSON. */
const longestOfKind = 64 * 1024

/** Stands for those of a kind that there was no room for; nothing on a host is called that. */
const morePath = '(more)'

interface Kept {
  readonly id: string
  readonly host: string | null
  readonly path: string | null
}

/** Does it stand for findings that were left out? */
export const isMore = ({ path }: Pick<Kept, 'path'>): boolean => path === morePath

/** The same for all of one kind on one host. */
export const kindOn = ({ id, host }: Pick<Kept, 'id' | 'host'>): string => JSON.stringify([id, host])

/** Says of one after the other whether there is still room for it among those of its kind on its host. */
export const roomForKinds = (): ((one: Kept) => boolean) => {
  const used = new Map<string, { count: number; size: number }>()
  return (one) => {
    const { count, size } = used.get(kindOn(one)) ?? { count: 0, size: 0 }
    const own = JSON.stringify(one).length
    const fits = count < mostOfKind && size + own <= longestOfKind
    if (fits) used.set(kindOn(one), { count: count + 1, size: size + own })
    return fits
  }
}

/** The first of each kind on each host, and how many more there were: as bad as those. */
export const limited = (found: readonly Finding[]): readonly Finding[] => {
  const hasRoom = roomForKinds()
  const kept: Finding[] = []
  const cut = new Map<string, { readonly id: FindingId; readonly host: string; readonly count: number }>()
  for (const one of sortFindings(found)) {
    const { id, host } = one
    if (host === null || hasRoom(one)) kept.push(one)
    else cut.set(kindOn(one), { id, host, count: (cut.get(kindOn(one))?.count ?? 0) + 1 })
  }
  return [...kept, ...[...cut.values()].map(more)]
}

const more = ({
  id,
  host,
  count,
}: {
  readonly id: FindingId
  readonly host: string
  readonly count: number
}): Finding =>
  finding(id, {
    host,
    path: morePath,
    message: `${count} more of these than are told`,
    fix: `mend the others first; lockstep audit --hosts ${host}`,
  })
