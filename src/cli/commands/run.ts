import { findRoot } from '../../app/project/project.ts'
import { runProgram } from '../../app/runtime/run.ts'
import { deliveredSecrets, isDeliveredTo, noSecretsHere, type RunPlace } from '../../app/runtime/run-secrets.ts'
import { selectSecrets } from '../../app/secrets/select-secrets.ts'
import type { Secret } from '../../core/secret.ts'
import type { Ports } from '../../core/ports.ts'
import { define, type Command } from '../command.ts'
import { hostFlag, inProject, onlyHost } from '../in-project.ts'

export const command: Command = define({
  name: 'run',
  area: 'runtime',
  summary: 'start a program with its secrets',
  about: `
In a container the secrets are those at /app/vault-password and /app/secrets; in a project, those of its groups. They
go into the program's environment or, with --files, into one file each, in memory, which NAME_FILE names.

The program takes our place: it has our PID, and signals and exit status are its own. Settings of lockstep (LOCKSTEP_*)
are not passed on. Names that make other programs run code (PATH, LD_PRELOAD, NODE_OPTIONS, …) are refused unless
--allow names them, and values that an environment would change are refused with the reason.`,
  flags: {
    files: { type: 'string', value: 'DIR', summary: 'one 0400 file per secret in this directory in memory' },
    groups: { type: 'list', short: 'g', also: ['group'], value: 'GROUP', summary: 'only these groups' },
    ...hostFlag,
    user: { type: 'string', short: 'u', value: 'USER', summary: 'become this user first: 1000, 1000:1000, name' },
    'called-as': { type: 'string', value: 'NAME', summary: 'what the program is told it was called as' },
    pristine: { type: 'boolean', summary: 'pass on nothing of our own environment' },
    required: { type: 'list', value: 'SECRET', summary: 'do not start without these' },
    allow: { type: 'list', value: 'SECRET', summary: 'dangerous names that are meant' },
    verified: { type: 'boolean', summary: 'refuse files without an authenticated manifest.json' },
    'password-file': { type: 'string', value: 'FILE', summary: 'instead of /app/vault-password' },
    directory: { type: 'string', value: 'DIR', summary: 'instead of /app/secrets' },
  },
  rest: { name: 'COMMAND', summary: 'the program and its arguments', required: true },
  examples: [
    { line: 'lockstep run -- npm start', says: 'in a project: every secret as a variable' },
    { line: 'lockstep run --groups aws -- aws s3 ls', says: 'only one group' },
    {
      line: 'lockstep run --files /run/secrets --user 1000 -- postgres',
      says: 'as the entrypoint of a container: files in memory, and not as root',
    },
  ],
  output: false,
  run: async (call) => {
    const { flags, ports } = call
    const place: RunPlace = {
      passwordFile: flags['password-file'],
      directory: flags.directory,
      groups: flags.groups,
      verified: flags.verified,
    }
    const secrets = await secretsFor(call, place)
    const status = await runProgram(ports, secrets, { ...flags, calledAs: flags['called-as'], command: call.rest })
    return { json: {}, exit: status }
  },
})

const secretsFor = async (
  call: {
    readonly ports: Ports
    readonly environment: string | undefined
    readonly flags: { readonly host: string | undefined }
  },
  place: RunPlace,
): Promise<ReadonlyMap<string, Secret>> => {
  if (await isDeliveredTo(call.ports, place)) return deliveredSecrets(call.ports, place)
  if ((await findRoot(call.ports)) === null) throw noSecretsHere()
  const { host } = call.flags
  return inProject(
    call,
    {
      action: 'read',
      names: { groups: place.groups ?? [], hosts: onlyHost(host) },
      found: (secrets) => ({ names: { secrets: [...secrets.keys()] } }),
    },
    (open) => selectSecrets(open, { groups: place.groups, host }),
  )
}
