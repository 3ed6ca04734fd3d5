/** Where the real fleet comes from: loaded only by the verbs that go there. */
import { join } from 'node:path'
import type { Fleet } from './core/fleet.ts'
import { ansibleFleet } from './fleet/play.ts'
import { clock } from './io/clock.ts'
import { exec } from './io/exec.ts'
import { files } from './io/files.ts'
import { machine } from './io/machine.ts'
import { processes } from './io/processes.ts'
import { scratch } from './io/scratch.ts'
import { sockets } from './io/sockets.ts'

// src/ and dist/ both lie beside ansible/
const collection = join(import.meta.dirname, '..', 'ansible')

export const fleet: Fleet = ansibleFleet({ files, exec, clock, machine, processes, scratch, sockets }, { collection })
