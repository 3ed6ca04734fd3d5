/** The one place where the real ports come from. */
import type { Ports } from './core/ports.ts'
import { clock } from './io/clock.ts'
import { files } from './io/files.ts'
import { machine } from './io/machine.ts'
import { random } from './io/random.ts'
import { terminal } from './io/terminal.ts'

/** Outside of the command line. */
const unnamedCaller = ({ bytes }: Ports['random']): Ports['caller'] => {
  let run: string | null = null
  return {
    run: () => (run ??= Buffer.from(bytes(8)).toString('hex')),
    command: null,
    reason: null,
    breakGlass: false,
    warn: async () => {},
  }
}

/** The doors to this machine. What is heavy behind them is loaded when a door is used. */
export const wire = (): Ports => ({
  files,
  clock,
  random,
  terminal,
  machine,
  caller: unnamedCaller(random),
  exec: {
    run: async (...call) => (await import('./io/exec.ts')).exec.run(...call),
    interactive: async (...call) => (await import('./io/exec.ts')).exec.interactive(...call),
    find: async (...call) => (await import('./io/find-program.ts')).find(...call),
  },
  fleet: {
    prepare: async (report) => (await import('./wire-fleet.ts')).fleet.prepare(report),
    run: async (job) => (await import('./wire-fleet.ts')).fleet.run(job),
    serve: async (job) => (await import('./wire-fleet.ts')).fleet.serve(job),
  },
  assets: {
    folder: async (name) => (await import('./io/assets.ts')).assets.folder(name),
    executable: async () => (await import('./io/own-executable.ts')).ownExecutable(),
    watchAgent: async () => (await import('./wire-watch.ts')).watchAgent(),
  },
  launcher: {
    place: async (...call) => (await import('./io/launcher.ts')).openLauncher().place(...call),
    become: async (program) => (await import('./io/launcher.ts')).openLauncher().become(program),
  },
  provider: async (name) => (await import('./wire-provider.ts')).provider(name),
  rotator: async (...call) => (await import('./wire-rotator.ts')).rotator(...call),
  rotatesEach: async (rotate) => (await import('./wire-rotator.ts')).rotatesEach(rotate),
  server: { listen: async (...call) => (await import('./io/http-server.ts')).httpServer.listen(...call) },
  http: { request: async (...call) => (await import('./io/http.ts')).http.request(...call) },
})
