import { canonical } from '../canonical.ts'
import { macInput, type Metadata, type SecretRecord } from '../secrets/metadata.ts'

/** One value that a rotation has written. */
export interface WrittenSecret {
  /** Below the secrets directory. */
  readonly path: string
  readonly name: string
  readonly version: number
}

/** What lies between two states of the metadata. */
export interface Since {
  /** Files that hold a changed secret, below the secrets directory. */
  readonly paths: readonly string[]
  readonly names: readonly string[]
  /** What no rotation made: names of secrets, `metadata.yaml` for what is said of no secret. */
  readonly others: readonly string[]
}

/** A value is a rotation's where it is among `written`, or where its record says that it was set by being rotated: a run
 *  that was killed before it could commit has left it. */
export const rotatedSince = (before: Metadata, now: Metadata, written: readonly WrittenSecret[]): Since => {
  const changed = [...new Set([...before.files.keys(), ...now.files.keys()])].flatMap((path) =>
    changedIn(path, before.files.get(path) ?? new Map(), now.files.get(path) ?? new Map()),
  )
  const isOurs = ({ path, name, record }: Changed): boolean =>
    record !== null &&
    (record.rotated === record.set ||
      written.some((one) => one.path === path && one.name === name && one.version === record.version))
  const others = changed.filter((one) => !isOurs(one)).map(({ name }) => name)
  return {
    paths: [...new Set(changed.map(({ path }) => path))],
    names: [...new Set(changed.map(({ name }) => name))],
    others: [...new Set([...others, ...(aboutNoSecret(before) === aboutNoSecret(now) ? [] : ['metadata.yaml'])])],
  }
}

interface Changed {
  readonly path: string
  readonly name: string
  readonly record: SecretRecord | null
}

const changedIn = (
  path: string,
  before: ReadonlyMap<string, SecretRecord>,
  now: ReadonlyMap<string, SecretRecord>,
): readonly Changed[] =>
  [...new Set([...before.keys(), ...now.keys()])]
    .map((name) => ({ path, name, record: now.get(name) ?? null }))
    .filter(({ name, record }) => !isSame(before.get(name) ?? null, record))

const isSame = (a: SecretRecord | null, b: SecretRecord | null): boolean =>
  a?.version === b?.version && a?.fingerprint === b?.fingerprint && a?.set === b?.set && a?.rotated === b?.rotated

const aboutNoSecret = (metadata: Metadata): string => canonical(macInput({ ...metadata, files: new Map() }))
