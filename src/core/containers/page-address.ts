import type { Container } from '../manifest/manifest.ts'

/** Where to ask for a page of a program, from its host. */
export interface PageAddress {
  /** Null: at a published port of the container, else at its own address. */
  readonly address: readonly [string, number] | null
  /** Port inside the container; null: its lowest. */
  readonly port: number | null
  readonly path: string
}

/** `target` is a path, or a URL with host and port of its own. Null where it cannot be known whom to ask. */
export const pageAddress = (container: Container, target: string): PageAddress | null => {
  if (URL.canParse(target)) {
    const url = new URL(target)
    const port = Number(url.port || 80)
    return { address: [url.hostname, port], port, path: `${url.pathname}${url.search}` }
  }
  // its compose file says which ports it has: the host looks
  if (container.runs.kind === 'compose') return { address: null, port: null, path: target }
  const published = container.runs.kind === 'image' ? container.runs.publish[0] : undefined
  return published === undefined ? null : { ...publishedAt(published), path: target }
}

const publishedAt = (published: string): Pick<PageAddress, 'address' | 'port'> => {
  const parts = (published.split('/')[0] ?? '').split(':')
  const outside = Number(parts.at(-2) ?? Number.NaN)
  const host = parts
    .slice(0, -2)
    .join(':')
    .replace(/^\[|\]$/g, '')
  const reach = host === '0.0.0.0' || host === '' ? '127.0.0.1' : host === '::' ? '::1' : host
  return { address: Number.isInteger(outside) ? [reach, outside] : null, port: Number(parts.at(-1)) }
}
