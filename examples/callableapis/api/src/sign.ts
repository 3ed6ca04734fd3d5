import { createHmac } from 'node:crypto'
import type { Secret } from 'lockstep'

/** HMAC-SHA256 of the body as hex: what proves that we have seen it, and needs the key to be made. */
export const sign = (key: Secret, body: Buffer): string => createHmac('sha256', key.bytes()).update(body).digest('hex')
