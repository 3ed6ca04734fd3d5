import type { IncomingMessage } from 'node:http'

/** More than an endpoint takes. */
export class TooLarge extends Error {}

/** The whole body of a request, up to 64 KiB. @throws TooLarge */
export const readBody = async (request: IncomingMessage, most: number = 65_536): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length > most) throw new TooLarge('the body is too large')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}
