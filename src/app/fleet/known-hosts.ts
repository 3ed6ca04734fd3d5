import { hasCode } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import { dictionary, parseJson, shape, text } from '../../core/shape.ts'

/** What is remembered of a host between runs, in .lockstep: nothing that matters if it is lost. */
export interface KnownHost {
  /** Version of its Python. */
  readonly python: string
}

interface KnownAt {
  readonly state: string
  readonly environment: string
}

const pathOf = ({ state, environment }: KnownAt): string => `${state}/hosts-${environment}.json`

const known = dictionary(shape<KnownHost>({ python: text }))

/** Hosts as they were last seen, by name. */
export const knownHosts = async (
  { files }: Pick<Ports, 'files'>,
  at: KnownAt,
): Promise<Readonly<Record<string, KnownHost>>> => {
  const bytes = await files.read(pathOf(at))
  if (bytes === null) return {}
  try {
    return parseJson(new TextDecoder().decode(bytes), known, pathOf(at))
  } catch (error) {
    // a cache that cannot be read is an empty one
    if (hasCode(error, 'TAMPERED')) return {}
    throw error
  }
}

/** Adds what was just seen; writes only when it is new. */
export const rememberHosts = async (
  ports: Pick<Ports, 'files'>,
  at: KnownAt,
  seen: Readonly<Record<string, KnownHost>>,
): Promise<void> => {
  const before = await knownHosts(ports, at)
  const news = Object.entries(seen).filter(([host, { python }]) => before[host]?.python !== python)
  if (news.length === 0) return
  const all = Object.entries({ ...before, ...Object.fromEntries(news) }).sort(([a], [b]) => (a < b ? -1 : 1))
  const bytes = new TextEncoder().encode(`${JSON.stringify(Object.fromEntries(all), null, 2)}\n`)
  try {
    await ports.files.makeDirectory(at.state)
    await ports.files.makeDirectory(at.state)
    await ports.files.write(pathOf(at), bytes)
  } catch (error) {
    // a project on a full or read-only disk can still be looked at
    if (!hasCode(error, 'UNAVAILABLE')) throw error
  }
}
