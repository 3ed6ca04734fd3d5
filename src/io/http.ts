import { type IncomingHttpHeaders, type IncomingMessage, request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { fail } from '../core/errors.ts'
import { quoteName } from '../core/names.ts'
import type { Http, HttpOptions, HttpReply } from '../core/ports.ts'
import { systemCode } from './system-error.ts'

const defaultTimeout = 10_000
const defaultMax = 4 * 1024 * 1024

/** The network, one bounded exchange at a time. */
export const http: Http = {
  request: async (url, options = {}) => {
    const address = parseAddress(url)
    const limit = AbortSignal.timeout(options.timeout ?? defaultTimeout)
    const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal])
    try {
      const reply = await send(address, options, signal)
      const body = await collect(reply, options.max ?? defaultMax, address)
      return { status: reply.statusCode ?? 0, headers: flatten(reply.headers), body } satisfies HttpReply
    } catch (error) {
      throw limit.aborted ? tooLong(address) : asOurs(error, address)
    }
  },
}

const parseAddress = (url: string): URL => {
  const address = URL.parse(url)
  if (address !== null && /^https?:$/.test(address.protocol)) return address
  throw fail('USAGE', 'only http and https addresses can be asked', { at: address?.protocol ?? 'address' })
}

/** Where it goes, without what may be secret in it (account, path, query). */
const shown = (address: URL): string => quoteName(`${address.protocol}//${address.host}`)

const send = (address: URL, options: HttpOptions, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const start = address.protocol === 'https:' ? secureRequest : plainRequest
    const request = start(address, {
      method: options.method ?? 'GET',
      headers: { ...options.headers },
      agent: false,
      signal,
      // whatever the environment says of that
      rejectUnauthorized: true,
      ...(options.socket === undefined ? {} : { socketPath: options.socket }),
    })
    request.once('response', resolve)
    request.once('error', reject)
    request.end(options.body)
  })

const collect = async (reply: IncomingMessage, max: number, address: URL): Promise<Uint8Array> => {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of reply) {
    if (!Buffer.isBuffer(part)) continue
    length += part.length
    if (length > max)
      throw fail('UNSAFE', `${shown(address)} answers with more than is accepted`, { at: shown(address) })
    parts.push(part)
  }
  return Uint8Array.from(Buffer.concat(parts))
}

const flatten = (headers: IncomingHttpHeaders): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  )

const tooLong = (address: URL): Error =>
  fail('UNAVAILABLE', `${shown(address)} did not answer in time`, { at: shown(address) })

/** Foreign errors may quote headers, so of them only the name is told. */
const asOurs = (error: unknown, address: URL): unknown => {
  const name = systemCode(error)
  if (name === null) return error
  if (name.startsWith('ERR_INVALID')) return fail('USAGE', `the request to ${shown(address)} is not well-formed`)
  const why = name === 'ABORT_ERR' ? 'was interrupted' : `failed (${name})`
  return fail('UNAVAILABLE', `the request to ${shown(address)} ${why}`, { at: shown(address) })
}
