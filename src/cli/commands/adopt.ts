import { changedSchema } from '../changes.ts'
import type { Ports } from '../../core/ports.ts'
import { define, type Command, type Result } from '../command.ts'
import { inProject } from '../in-project.ts'

export const command: Command = define({
  name: 'adopt',
  area: 'project',
  summary: 'accept a file of secrets that was changed by hand, or the services of a compose file',
  about: `
Reads a file of the secrets directory as it is now: changed with ansible-vault, put there, in plain text, or sealed with
another password. Every value that differs becomes a new version; what is not sealed with the project password is sealed
with it. Look at the names before you commit: an older file put back is accepted as well.

Of a compose file (.yaml, .yml) it says how its services would get their secrets: the lines for lockstep.yaml, and the
override that a delivery lays over the file on the hosts. With --yes it writes the lines. A service is adopted when one
of its variables is a secret of this project, or when --group says what it gets.`,
  args: [{ name: 'FILE', required: true, summary: 'secrets/GROUP.env, the name of a group, or a compose file' }],
  flags: {
    service: { type: 'list', value: 'SERVICE', summary: 'compose: only these services' },
    group: { type: 'list', short: 'g', also: ['groups'], value: 'GROUP', summary: 'compose: what they get' },
    hosts: { type: 'string', short: 'l', value: 'PATTERN', also: ['limit'], summary: 'compose: where they run (all)' },
    'on-hosts': { type: 'string', value: 'PATH', summary: 'compose: where this file is on the hosts' },
    yes: { type: 'boolean', summary: 'compose: write lockstep.yaml' },
    'password-file': { type: 'string', value: 'FILE', summary: 'the password of this file, where it has another' },
  },
  examples: [
    { line: 'lockstep adopt secrets/aws.env', says: 'after ansible-vault edit secrets/aws.env' },
    { line: 'lockstep adopt secrets/old.env --password-file ~/.old_pass', says: 'one that was sealed elsewhere' },
    { line: 'lockstep adopt compose.yaml --on-hosts /srv/shop/compose.yaml', says: 'what it would do; then --yes' },
  ],
  output: changedSchema,
  run: async (call) => {
    if (/\.ya?ml$/.test(call.args.FILE)) return adoptServices(call)
    const [{ adoptFile }, { changing }] = await Promise.all([
      import('../../app/project/adopt.ts'),
      import('../changing.ts'),
    ])
    const { ports, args, flags } = call
    const options = { passwordFile: flags['password-file'] }
    const { result } = await changing(
      call,
      { files: [args.FILE] },
      (open) => adoptFile(ports, open, args.FILE, options),
      ({ files }) => (files.length > 0 ? 'adopted; no value differs' : 'nothing to adopt: the file is as recorded'),
    )
    return result
  },
})

const adoptServices = async (call: {
  readonly ports: Ports
  readonly environment: string | undefined
  readonly args: { readonly FILE: string }
  readonly flags: {
    readonly service: readonly string[]
    readonly group: readonly string[]
    readonly hosts: string | undefined
    readonly 'on-hosts': string | undefined
    readonly yes: boolean
  }
}): Promise<Result> => {
  const [{ adoptCompose }, { adoptedComposeResult }] = await Promise.all([
    import('../../app/project/adopt-compose.ts'),
    import('../adopted-compose.ts'),
  ])
  const { flags, ports, args } = call
  const options = {
    services: flags.service,
    groups: flags.group,
    hosts: flags.hosts ?? 'all',
    onHosts: flags['on-hosts'],
    write: flags.yes,
  }
  return adoptedComposeResult(
    await inProject(call, { action: 'change', names: { files: [args.FILE] } }, (open) =>
      adoptCompose(ports, open, args.FILE, options),
    ),
  )
}
