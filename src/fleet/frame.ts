import type { Operation } from '../core/fleet/fleet.ts'

/** What goes to a host's standard input: 4-byte length of the program, the program, one line of JSON, the blobs.
 *  The first four bytes are for the action plugin, which puts the length on the command line. */
export const frameOf = (program: Uint8Array, operation: Operation, blobs: readonly Uint8Array[]): Uint8Array[] => {
  const sizes = blobs.map((blob) => blob.length)
  const header = new TextEncoder().encode(`${JSON.stringify({ ...operation, format: 1, blobs: sizes })}\n`)
  const head = new Uint8Array(4)
  new DataView(head.buffer).setUint32(0, program.length)
  return [head, program, header, ...blobs]
}
