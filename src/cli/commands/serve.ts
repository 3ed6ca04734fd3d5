import { fail } from '../../core/errors.ts'
import { define, type Command } from '../command.ts'

export const command: Command = define({
  name: 'serve',
  area: 'fleet',
  summary: 'deliver for an ansible-playbook that was started by hand',
  about: `
Started by the collection lockstep.secrets, once for each ansible-playbook that uses it; ends with it.`,
  hidden: true,
  flags: {
    socket: { type: 'string', value: 'PATH', summary: 'where to listen' },
    parent: { type: 'integer', value: 'PID', summary: 'the ansible-playbook to serve' },
    project: { type: 'string', value: 'DIR', summary: 'the project, or a directory in it' },
  },
  examples: [
    { line: 'lockstep serve --socket /run/user/1000/s --parent 4711 --project .', says: 'what the collection does' },
  ],
  output: false,
  run: async ({ flags, ports, environment }) => {
    const { socket, parent, project } = flags
    if (socket === undefined || parent === undefined) {
      throw fail('USAGE', '--socket and --parent are needed', { hint: 'the collection starts this by itself' })
    }
    const { serve } = await import('../../app/fleet/serve.ts')
    await serve(ports, { socket, parent, directory: project ?? ports.machine.cwd, environment })
    return { json: {} }
  },
})
