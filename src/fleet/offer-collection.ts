import { hasCode } from '../core/errors.ts'
import type { Scratch } from '../core/links.ts'
import type { Files } from '../core/ports.ts'

/** Puts the collection of this very program where a project's ansible.cfg looks for collections, so that playbooks run
 *  by themselves find it. Only a convenience: where it cannot be, nothing is said. */
export const offerCollection = async (
  ports: { readonly files: Pick<Files, 'makeDirectory'>; readonly scratch: Pick<Scratch, 'link'> },
  project: string,
  collection: string,
): Promise<void> => {
  const parent = `${project}/.lockstep/collections/ansible_collections/lockstep`
  try {
    await ports.files.makeDirectory(parent)
    await ports.scratch.link(collection, `${parent}/secrets`)
  } catch (error) {
    // read-only, full, or somebody's own copy lies there
    if (!hasCode(error, 'UNAVAILABLE', 'DENIED', 'UNSAFE', 'CONFLICT')) throw error
  }
}
