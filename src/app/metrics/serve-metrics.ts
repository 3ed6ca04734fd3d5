import { fail, SecretsError } from '../../core/errors.ts'
import { isLoopback } from '../../core/loopback.ts'
import { quoteName } from '../../core/names.ts'
import type { Ports, ServedReply } from '../../core/ports.ts'
import type { Project } from '../project/project.ts'
import { metricsText } from './metrics-text.ts'

export interface MetricsDoor {
  /** `127.0.0.1:9750`, `[::1]:9750`. */
  readonly listen: string
  readonly allowRemote: boolean
  readonly signal: AbortSignal
  readonly onReady: (url: string) => void
}

/** Answers GET /metrics until the signal aborts.
 *  @throws USAGE for an address that is none; UNSAFE for one that others reach, unless that was asked for; UNAVAILABLE */
export const serveMetrics = async (
  ports: Pick<Ports, 'files' | 'machine' | 'clock' | 'server'>,
  project: Project,
  { listen, allowRemote, signal, onReady }: MetricsDoor,
): Promise<void> => {
  const { host, port } = parseListen(listen)
  if (!isLoopback(host) && !allowRemote) {
    throw fail('UNSAFE', 'other machines reach this address, and names of hosts and secrets would be theirs to read', {
      at: quoteName(listen),
      hint: 'listen at 127.0.0.1, or say that it is meant: --allow-remote',
    })
  }
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  const ready = (actual: number): void => onReady(`http://${host}:${actual}/metrics`)
  await ports.server.listen({ host: bare, port, signal, onReady: ready }, ({ method, path, host: asked }) =>
    answer(ports, project, { method, path, isOurs: allowRemote || isLoopback(asked.replace(/:\d+$/, '')) }),
  )
}

const parseListen = (text: string): { readonly host: string; readonly port: number } => {
  const [, host, port] = /^(localhost|[0-9.]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/.exec(text) ?? []
  if (host !== undefined && port !== undefined && Number(port) <= 65_535) return { host, port: Number(port) }
  throw fail('USAGE', '--listen needs an address and a port', { hint: 'for example --listen 127.0.0.1:9750' })
}

const plain = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' }

const answer = async (
  ports: Pick<Ports, 'files' | 'machine' | 'clock'>,
  project: Project,
  { method, path, isOurs }: { readonly method: string; readonly path: string; readonly isOurs: boolean },
): Promise<ServedReply> => {
  // a name that somebody else's server resolves to this machine: a browser would hand the answer to that page
  if (!isOurs) return { status: 421, headers: plain, body: '' }
  if (path !== '/metrics') return { status: 404, headers: plain, body: 'metrics are at /metrics\n' }
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, headers: { ...plain, allow: 'GET, HEAD' }, body: '' }
  try {
    return { status: 200, headers: plain, body: await metricsText(ports, project) }
  } catch (error) {
    if (!(error instanceof SecretsError)) throw error
    return { status: 503, headers: plain, body: '' }
  }
}
