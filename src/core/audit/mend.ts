import type { Finding } from './findings.ts'

/** A path of ours that is given the owner and mode that lockstep itself gives it, and nothing of its content changes. */
export interface Mend {
  /** Relative to the project's directory on the host. */
  readonly path: string
  /** What was found there: anything else by the time it is mended is left alone. */
  readonly seen: { readonly kind: 'file' | 'directory'; readonly mode: number; readonly uid: number }
  readonly mode?: number
  readonly uid?: number
  /** Extended attributes to take away, access lists among them. */
  readonly attributes?: readonly string[]
}

export interface HostMends {
  readonly host: string
  readonly mends: readonly Mend[]
}

/** Everything that can be mended without anybody's judgement, one change for each path, by host. */
export const planMends = (findings: readonly Finding[]): readonly HostMends[] => {
  const hosts = new Map<string, Map<string, Mend>>()
  for (const { host, mend } of findings) {
    if (host === null || mend === undefined) continue
    const paths = hosts.get(host) ?? new Map<string, Mend>()
    hosts.set(host, paths.set(mend.path, joined(paths.get(mend.path), mend)))
  }
  return Array.from(hosts, ([host, paths]) => ({
    host,
    mends: [...paths.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  }))
}

const joined = (one: Mend | undefined, other: Mend): Mend => ({
  ...one,
  ...other,
  ...(one?.attributes === undefined && other.attributes === undefined
    ? {}
    : { attributes: [...new Set([...(one?.attributes ?? []), ...(other.attributes ?? [])])] }),
})

/** `mode 644 to 600, owner 1000 to 0`. */
export const mendWords = ({ seen, mode, uid, attributes = [] }: Mend): string =>
  [
    ...(uid === undefined ? [] : [`owner ${seen.uid} to ${uid}`]),
    ...(mode === undefined ? [] : [`mode ${octal(seen.mode)} to ${octal(mode)}`]),
    ...attributes.map((name) => `without ${name}`),
  ].join(', ')

/** `0o644` as `644`. */
export const octal = (mode: number): string => mode.toString(8).padStart(3, '0')
