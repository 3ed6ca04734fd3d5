/** Where the real fleet comes from: loaded only by the verbs that go there. */
import { fail } from './core/errors.ts'
import type { Fleet } from './core/fleet/fleet.ts'
import { ansibleFleet } from './fleet/play.ts'
import { assets } from './io/assets.ts'
import { clock } from './io/clock.ts'
import { exec } from './io/exec.ts'
import { files } from './io/files.ts'
import { machine } from './io/machine.ts'
import { processes } from './io/processes.ts'
import { scratch } from './io/scratch.ts'
import { sockets } from './io/sockets.ts'

const open = async (): Promise<Fleet> => {
  const collection = await assets.folder('ansible')
  if (collection === null) {
    throw fail('NOT_FOUND', 'the Ansible collection does not come with this program', {
      hint: 'take the npm package or a clone for what goes to the fleet; the single executable is for hosts',
    })
  }
  return ansibleFleet({ files, exec, clock, machine, processes, scratch, sockets }, { collection })
}

export const fleet: Fleet = {
  prepare: async (report) => (await open()).prepare(report),
  run: async (job) => (await open()).run(job),
  serve: async (job) => (await open()).serve(job),
}
