import { hasCode } from '../../core/errors.ts'
import { canonical } from '../../core/canonical.ts'
import type { Access } from '../../core/log/entry.ts'
import { parseAccess } from '../../core/log/entry-shape.ts'
import { plainAccess } from '../../core/log/entry-text.ts'
import type { Ports } from '../../core/ports.ts'
import type { LogPlace } from './log-place.ts'

/** What could not be written down in the project is kept in the person's own directory until a later run can. */
type MarkPorts = Pick<Ports, 'files'>

const mostBytes = 1024 * 1024

/** False where no mark can be left there. */
export const leaveMark = async ({ files }: MarkPorts, { marks }: LogPlace, access: Access): Promise<boolean> => {
  try {
    await files.makeDirectory(marks.slice(0, marks.lastIndexOf('/')))
    return await files.briefly(`${marks}.lock`, async () => {
      const tail = await files.tail(marks, 1)
      const size = tail?.size ?? 0
      if (size > mostBytes) return false
      const lead = tail === null || size === 0 || tail.bytes[0] === 0x0a ? '' : '\n'
      await files.extend(marks, size, new TextEncoder().encode(`${lead}${canonical(plainAccess(access))}\n`))
      return true
    })
  } catch (error) {
    if (hasCode(error, ...unusable)) return false
    throw error
  }
}

/** Hands over what was left, and forgets it when that went well: a crash in between brings it in twice, never not at
 *  all. */
export const takeMarks = async (
  { files }: MarkPorts,
  { marks }: LogPlace,
  bring: (accesses: readonly Access[]) => Promise<void>,
): Promise<void> => {
  if ((await files.stat(marks)) === null) return bring([])
  await files.briefly(`${marks}.lock`, async () => {
    const bytes = await files.read(marks, { private: true, max: 2 * mostBytes })
    const lines = bytes === null ? [] : new TextDecoder().decode(bytes).split('\n')
    await bring(lines.flatMap((line) => parseAccess(line) ?? []))
    await files.remove(marks)
  })
}

export const unusable = ['UNSAFE', 'UNAVAILABLE', 'DENIED', 'NOT_FOUND', 'CONFLICT'] as const
