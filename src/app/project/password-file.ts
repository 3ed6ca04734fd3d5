import { pathFrom } from '../../core/absolute-path.ts'
import { fail, hasCode } from '../../core/errors.ts'
import { pathWord } from '../../core/host-text.ts'
import { passwordFromFile } from '../../core/secrets/password.ts'
import type { Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'

/** A password from a file or FIFO that the person names, relative to the working directory.
 *  @throws NOT_FOUND; UNSAFE for a file that others can read; USAGE when it is empty */
export const readPasswordFile = async (
  { files, machine }: Pick<Ports, 'files' | 'machine'>,
  path: string,
): Promise<Secret> => {
  const full = pathFrom(machine.cwd, path)
  try {
    const bytes = await files.read(full, { private: true, fifo: true, ownLink: true, max: 64 * 1024 })
    if (bytes !== null) return passwordFromFile(bytes, { at: path })
  } catch (cause) {
    if (!hasCode(cause, 'UNSAFE') || cause.hint !== undefined) throw cause
    throw fail('UNSAFE', cause.message, { at: path, hint: `chmod 600 ${pathWord(path)}`, cause })
  }
  throw fail('NOT_FOUND', 'no such password file', {
    at: path,
    hint: 'a path is meant here, never the password itself',
  })
}
