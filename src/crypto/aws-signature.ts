import type { Secret } from '../core/secret.ts'
import { keyedHash, sha256 } from './derive.ts'

/** An access key: who signs. */
export interface AccessKey {
  readonly id: Secret
  readonly secret: Secret
}

export interface ToSign {
  readonly method: string
  readonly url: URL
  /** All of them are signed; `host` and `x-amz-date` are added. Names in small letters. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly region: string
  /** `iam`, `sts`. */
  readonly service: string
  /** Milliseconds since 1970: the signature is good for five minutes around it. */
  readonly at: number
}

/** Headers of a request with AWS Signature Version 4 (docs.aws.amazon.com/IAM/latest/UserGuide/
 *  reference_sigv-create-signed-request.html). For paths that need no encoding. */
export const signed = (key: AccessKey, request: ToSign): Readonly<Record<string, string>> => {
  const time = new Date(request.at).toISOString().replace(/[-:]|\.\d+/g, '')
  const headers: Readonly<Record<string, string>> = {
    ...request.headers,
    host: request.url.host,
    'x-amz-date': time,
  }
  const names = Object.keys(headers).toSorted()
  const canonical = [
    request.method,
    request.url.pathname,
    canonicalQuery(request.url),
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    names.join(';'),
    sha256(request.body),
  ].join('\n')
  const scope = [time.slice(0, 8), request.region, request.service, 'aws4_request']
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n')
  const secret = Buffer.concat([Buffer.from('AWS4'), key.secret.bytes()])
  const signing = scope.reduce<Uint8Array>((from, part) => keyedHash(from, Buffer.from(part)), secret)
  const signature = Buffer.from(keyedHash(signing, Buffer.from(text))).toString('hex')
  const credential = `${key.id.reveal()}/${scope.join('/')}`
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  }
}

const canonicalQuery = (url: URL): string =>
  [...url.searchParams]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .toSorted(byCodeUnits)
    .join('&')

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** As RFC 3986 has it, in queries and forms: what encodeURIComponent leaves, AWS does not. */
export const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
