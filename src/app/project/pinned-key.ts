import { fail, hasCode } from '../../core/errors.ts'
import { pathWord } from '../../core/host-text.ts'
import type { Ports } from '../../core/ports.ts'
import { deriveKey } from '../../crypto/derive.ts'
import { keepCached, readCached } from './cache.ts'
import type { Project } from './project.ts'
import type { ProjectKey } from './project-key.ts'
import { statePath } from './state-path.ts'

/** Where a person's note of the project key that is in use here lies: outside the project, which others can replace. */
export const pinPath = (machine: Ports['machine'], root: string, environment: string): string =>
  statePath({ machine }, 'project-key', { root, environment })

/** The key is the one that was used here before, or one that names it as former: only who had that one can make such.
 *  The first key that is used here is taken, and so is any where the home directory cannot be used.
 *  @throws TAMPERED: whoever replaced all of the secrets has a password for what is written next */
export const checkPinned = async (
  { files }: Pick<Ports, 'files'>,
  { pin }: Pick<Project, 'pin'>,
  { key: { root, former }, at }: { readonly key: ProjectKey; readonly at: string },
): Promise<void> => {
  const known = (await readCached({ files }, pin))?.trim()
  const now = digestOf(root)
  if (known === now) return
  if (known !== undefined && !former.map(digestOf).includes(known)) {
    throw fail('TAMPERED', 'these secrets are under another project key than was used here before; nothing was done', {
      at,
      hint: `somebody may have replaced all of them: see git log -- ${at} and ask whoever changed it (on an older branch: git merge the one with the newer key); to take this key on purpose: rm ${pathWord(pin)}`,
    })
  }
  await keepCached({ files }, pin, `${now}\n`)
}

/** A key of our own making is about to be the first. */
export const forgetPinned = async ({ files }: Pick<Ports, 'files'>, { pin }: Pick<Project, 'pin'>): Promise<void> => {
  try {
    await files.remove(pin)
  } catch (error) {
    if (!hasCode(error, 'UNSAFE', 'UNAVAILABLE', 'DENIED', 'NOT_FOUND')) throw error
  }
}

/** Of a random key: it cannot be guessed from this. */
const digestOf = (root: Uint8Array): string => Buffer.from(deriveKey(root, 'lockstep/pin')).toString('hex')
