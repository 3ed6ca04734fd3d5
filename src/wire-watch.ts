/** Where the program that watches on hosts comes from. */
import { fail } from './core/errors.ts'
import { readWatchAgent } from './fleet/watch-agent.ts'
import { assets } from './io/assets.ts'
import { files } from './io/files.ts'

export const watchAgent = async (): Promise<Uint8Array> => {
  const collection = await assets.folder('ansible')
  if (collection !== null) return readWatchAgent(files, collection)
  throw fail('NOT_FOUND', 'the Ansible collection does not come with this program', {
    hint: 'take the npm package or a clone for what goes to the fleet; the single executable is for hosts',
  })
}
